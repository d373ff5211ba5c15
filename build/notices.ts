/** `node build/notices.ts`: dist/THIRD-PARTY-NOTICES.txt, from the bundle's own source maps. */
import { writeFileSync } from 'node:fs';
import { noticesOf, thirdParties } from './third-party.ts';

const parties = thirdParties('dist');
writeFileSync('dist/THIRD-PARTY-NOTICES.txt', noticesOf(parties));
console.log(`${parties.length} packages are bundled: dist/THIRD-PARTY-NOTICES.txt`);
