/** What is asked for: a job, on a list. */
import type { Readable } from 'node:stream';
import { hashOf } from '../core/hash.ts';
import { isHostName, machineIdOf } from '../core/ids.ts';
import { UsageError } from '../core/errors.ts';
import { newRunId } from '../core/run-id.ts';
import { MAX_COMMENT, tagged } from '../core/tag.ts';
import type { InputRows } from '../core/types.ts';
import type { FlagName } from '../settings/flags.ts';
import { typedName, type Settings } from '../settings/settings.ts';
import type { EmulatorOptions } from '../wiring/built-in-emulator.ts';
import type { Begin } from './begin.ts';
import type { Confirm, ConfirmWave } from './confirm.ts';

export interface JobRequest {
  readonly jobName: string | undefined;
  /** Paths; "-" is standard input. */
  readonly lists: readonly string[];
  /** Where "-" is read from. */
  readonly stdin?: Readable;
  readonly settings: Settings;
  /** What the built-in emulator is to be like, beyond the list's machines. */
  readonly emulator?: Partial<EmulatorOptions>;
}

/** A request that may lead to calls: somebody has to confirm them. */
export interface StartRequest extends JobRequest {
  readonly confirm: Confirm;
  /** What becomes of the run once it is confirmed. Default: it is carried out here. */
  readonly begin?: Begin | undefined;
  /** Asked before each further wave; without it only `--yes` lets one go. */
  readonly confirmWave?: ConfirmWave | undefined;
}

/** The comment as it was given, or undefined. @throws UsageError when it does not fit beside a run's tag */
export function commentOf({ comment }: Settings): string | undefined {
  const text = comment?.trim() ?? '';
  if (text.length > LONGEST)
    throw new UsageError(`--comment is ${text.length} characters long; ${LONGEST} fit beside the run's tag`, {
      hint: 'Nothing was sent. The API cuts nothing off: say it shorter.',
    });
  return text === '' ? undefined : text;
}

const LONGEST =
  MAX_COMMENT -
  tagged(
    newRunId(0, true, () => 0),
    '',
  ).length;

/** @throws UsageError when a flag was typed that has no meaning here */
export function refuseFlags({ origin }: Settings, names: readonly FlagName[], why: string): void {
  const typed = names.find((name) => origin[name] === 'flag');
  if (typed !== undefined) throw new UsageError(`${typedName(typed)} ${why}`);
}

/** The list's machines as the built-in emulator has to hold them: by id, or under a made-up id by name. */
export function emulatedMachines(rows: InputRows, resolve: boolean): Partial<EmulatorOptions> {
  const texts = Array.from(rows, ({ text }) => text);
  const named = resolve ? texts.filter((text) => machineIdOf(text) === undefined && isHostName(text)) : [];
  return {
    machines: texts.map((text) => machineIdOf(text) ?? '').filter((id) => id !== ''),
    fleet: named.map((text) => ({ id: hashOf([text.toLowerCase()]).slice(0, 40), computerDnsName: text.toLowerCase() })),
  };
}
