import type { Job } from '../src/core/types.ts';
import { cannotRunOn, restrictedOperations } from './preconditions.ts';

/**
 * Takes an app execution restriction back.
 * @see https://learn.microsoft.com/defender-endpoint/api/unrestrict-code-execution
 */
export const unrestrict: Job = {
  name: 'unrestrict',
  title: 'remove the app execution restriction',
  actionType: 'UnrestrictCodeExecution',
  segment: 'unrestrictCodeExecution',
  permissions: [['Machine.RestrictExecution']],
  inverse: 'restrict',
  notice: 'All programs start again.',
  platforms: 'where restrict works',
  limits: '100 calls a minute and 1500 an hour; Defender for Endpoint Plan 2',
  undo: 'cordon run restrict, or cordon undo RUN',
  risks: [{ text: 'What the restriction held back may start again.' }],
  finalWords: 'the restriction is lifted',
  body: (comment) => ({ Comment: comment }),
  ineligible: cannotRunOn('windows'),
  warnings: restrictedOperations,
};
