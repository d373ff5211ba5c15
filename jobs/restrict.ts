import type { Job } from '../src/core/types.ts';
import { cannotRunWindowsActions } from './preconditions.ts';

/**
 * Only files signed by Microsoft may start, until `unrestrict`.
 * @see https://learn.microsoft.com/defender-endpoint/api/restrict-code-execution
 */
export const restrict: Job = {
  name: 'restrict',
  title: 'restrict app execution',
  noticed: 'only programs that Microsoft signed start any more, and Windows says so to the people at the machine',
  actionType: 'RestrictCodeExecution',
  segment: 'restrictCodeExecution',
  permission: 'Machine.RestrictExecution',
  inverse: 'unrestrict',
  body: (comment) => ({ Comment: comment }),
  ineligible: cannotRunWindowsActions,
};
