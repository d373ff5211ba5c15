import { StoppedError } from '../../core/errors.ts';

/** The longest that a Node timer can wait. */
const MAX_TIMER_MS = 0x7fffffff;

/** Resolves after `ms`, or after 24.8 days. @throws StoppedError as soon as the signal is aborted */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(new StoppedError('stopped while waiting'));
    };
    const timer = setTimeout(
      () => {
        signal.removeEventListener('abort', stop);
        resolve();
      },
      Math.min(ms, MAX_TIMER_MS),
    );
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
