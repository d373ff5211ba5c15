import type { Job } from '../src/core/types.ts';
import { mergedAway, otherPlatform, restrictedOperations } from './preconditions.ts';

/**
 * Takes an isolation back, also that of an unmanaged machine: so a machine without a sensor is no reason not to call.
 * @see https://learn.microsoft.com/defender-endpoint/api/unisolate-machine
 */
export const unisolate: Job = {
  name: 'unisolate',
  title: 'release from isolation',
  actionType: 'Unisolate',
  segment: 'unisolate',
  permissions: [['Machine.Isolate']],
  inverse: 'isolate',
  notice: 'The network is back.',
  platforms: 'where isolate works',
  limits: '100 calls a minute and 1500 an hour; an isolation that is still pending may be applied afterwards',
  undo: 'cordon run isolate, or cordon undo RUN',
  risks: [
    { text: 'What the isolation held back has the network again.' },
    { text: 'A second isolation that is still pending can win over this release and leave the machine isolated.' },
  ],
  finalWords: 'the isolation was lifted',
  neverStacks: true,
  body: (comment) => ({ Comment: comment }),
  ineligible: (facts) => mergedAway(facts) ?? otherPlatform(facts, ['windows', 'macos', 'linux']),
  warnings: restrictedOperations,
};
