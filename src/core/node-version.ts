/** Which Node this program runs on. Read by the entry before anything else is loaded: plain words, no imports. */

/** The first of Node 22 whose SQLite needs no flag. As package.json's `engines` says it. */
const LEAST = { major: 22, minor: 13 };

/** What to say of a Node that is too old, in one line; undefined for one that will do. */
export function tooOldNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fits = major === LEAST.major ? minor >= LEAST.minor : major >= LEAST.major + 2;
  return fits
    ? undefined
    : `cordon needs Node.js ${LEAST.major}.${LEAST.minor} or newer of ${LEAST.major}, or 24 and up; this is ${version}`;
}
