/** The quota that was in force in a run, from what was kept with it. */
import { API_WINDOWS, windowsAt, windowsFrom } from '../core/rate.ts';
import type { Run, Window } from '../core/types.ts';

/** A rate that was asked for, else the API's: with a fast emulated clock as much faster. Shortest first. */
export function windowsOf({ settings, emulated }: Pick<Run, 'settings' | 'emulated'>): readonly Window[] {
  const given = settings['rate']?.flatMap((value) => value.split(',')).filter((value) => value.trim() !== '') ?? [];
  const asked = windowsFrom(given);
  if (given.length > 0 && typeof asked !== 'string') return asked;
  const speed = Number(settings['speed']?.at(-1) ?? 1);
  return emulated && speed > 1 ? windowsAt(speed) : API_WINDOWS;
}
