import { StoppedError } from '../../core/errors.ts';
import { after } from '../../system/after.ts';

/** Resolves after `ms`, or after 24.8 days. @throws StoppedError as soon as the signal is aborted */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      callOff();
      reject(new StoppedError('stopped while waiting'));
    };
    const callOff = after(ms, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
