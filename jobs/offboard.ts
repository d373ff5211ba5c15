import type { Job } from '../src/core/types.ts';
import { cannotRunOn, restrictedOperations } from './preconditions.ts';

/**
 * Takes a machine out of Defender for Endpoint, for good.
 * @see https://learn.microsoft.com/defender-endpoint/api/offboard-machine-api
 */
export const offboard: Job = {
  name: 'offboard',
  title: 'offboard from Defender for Endpoint',
  actionType: 'Offboard',
  segment: 'offboard',
  permissions: [['Machine.Offboard']],
  notice: 'Nothing; nobody watches the machine any more.',
  platforms: 'Windows 10 1703 or later, Windows 11, Server 2019 or later, 2012 R2 and 2016 with the unified agent',
  limits: '100 calls a minute and 1500 an hour',
  undo: 'not at all from here: the machine has to be onboarded again, on the machine',
  risks: [
    { text: 'No later action reaches these machines: nothing here takes it back.' },
    { text: 'They stay listed as Onboarded, turn Inactive after 7 days, and are listed for 180 days.' },
  ],
  finalWords: 'the sensor was stopped',
  confirmWord: 'offboard',
  body: (comment) => ({ Comment: comment }),
  ineligible: cannotRunOn('windows'),
  warnings: restrictedOperations,
};
