import type { Job, MachineFacts } from '../src/core/types.ts';
import { cannotRunOn, restrictedOperations } from './preconditions.ts';

/** Build of Windows 10 1709, the oldest that can restrict app execution (mde-api.md §1, Preconditions). */
const OLDEST_BUILD = 16_299;

/** Builds only warn: what the record says of one may be old. */
function oldBuild({ osBuild }: MachineFacts): string[] {
  return osBuild !== null && osBuild > 0 && osBuild < OLDEST_BUILD ? [`old build ${osBuild}`] : [];
}

/**
 * Only files signed by Microsoft may start, until `unrestrict`.
 * @see https://learn.microsoft.com/defender-endpoint/api/restrict-code-execution
 */
export const restrict: Job = {
  name: 'restrict',
  title: 'restrict app execution',
  actionType: 'RestrictCodeExecution',
  segment: 'restrictCodeExecution',
  permissions: [['Machine.RestrictExecution']],
  inverse: 'unrestrict',
  notice: 'Programs that are not signed by Microsoft do not start any more; a notification says so (not on Server 2016 and 2012 R2).',
  platforms: 'Windows 10 1709 or later, Windows 11, Windows Server 2019 or later; Defender Antivirus in use',
  limits: '100 calls a minute and 1500 an hour; Defender for Endpoint Plan 2',
  undo: 'cordon run unrestrict, or cordon undo RUN',
  risks: [{ text: 'Line-of-business programs and agents of other vendors stop starting, remote tools among them.' }],
  finalWords: 'the restriction is in force',
  body: (comment) => ({ Comment: comment }),
  ineligible: cannotRunOn('windows'),
  warnings: (facts) => [...oldBuild(facts), ...restrictedOperations(facts)],
};
