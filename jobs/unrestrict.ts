import type { Job } from '../src/core/types.ts';
import { cannotRunWindowsActions } from './preconditions.ts';

/**
 * Takes an app execution restriction back.
 * @see https://learn.microsoft.com/defender-endpoint/api/unrestrict-code-execution
 */
export const unrestrict: Job = {
  name: 'unrestrict',
  title: 'remove the app execution restriction',
  noticed: 'programs start again as before',
  actionType: 'UnrestrictCodeExecution',
  segment: 'unrestrictCodeExecution',
  permission: 'Machine.RestrictExecution',
  inverse: 'restrict',
  body: (comment) => ({ Comment: comment }),
  ineligible: cannotRunWindowsActions,
};
