/** Which rows count against `--max-errors`. Pure. */
import type { Settlement } from './types.ts';

/** Whether a settled row counts against `--max-errors`: trouble, and not merely a machine that cannot take the action. */
export function isError({ outcome, errorCode }: Settlement): boolean {
  if (outcome === 'refused') return !ABOUT_ONE_MACHINE.has(errorCode ?? '');
  return outcome === 'failed' || outcome === 'unknown';
}
const ABOUT_ONE_MACHINE = new Set(['ResourceNotFound', 'NotFound', 'OsPlatformNotSupported', 'ClientVersionNotSupported']);
