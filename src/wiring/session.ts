/** What a command on a job is given, and signing in for it. */
import { EXIT } from '../core/exit.ts';
import { hashOf } from '../core/hash.ts';
import { isHostName, machineIdOf } from '../core/ids.ts';
import type { Bearer, State } from '../core/ports.ts';
import { newRunId } from '../core/run-id.ts';
import { MAX_COMMENT, tagged } from '../core/tag.ts';
import type { InputRow } from '../core/types.ts';
import { AuthUnavailableError, UsageError, UserError } from '../core/errors.ts';
import type { FlagName } from '../settings/flags.ts';
import type { Settings, Sources } from '../settings/settings.ts';
import type { Ask } from '../cli/commands/confirm.ts';
import type { EmulatorOptions } from './built-in-emulator.ts';
import { connect, identityOf, openState, type Connection, type Identity, type Tools } from './connection.ts';

/** What `run` and `preview` are given. */
export interface JobInput {
  readonly jobName: string | undefined;
  readonly lists: readonly string[];
  readonly settings: Settings;
  readonly sources: Sources;
  readonly ask: Ask;
  /** What the built-in emulator is to be like, beyond the list's machines. */
  readonly emulator?: Partial<EmulatorOptions>;
}

/** Who is signed in, where, and the state beside it. */
export interface Reach {
  readonly connection: Connection;
  readonly state: State;
  readonly bearer: Bearer;
  readonly identity: Identity;
  close(): Promise<void>;
}

/**
 * Signs in and opens the state.
 * @throws AuthError without credentials; UserError (exit 5) when the sign-in service cannot be reached
 */
export async function openReach({ settings, emulator }: JobInput, machines: Partial<EmulatorOptions>, tools: Tools): Promise<Reach> {
  const emulated = settings.emulator;
  const connection = await connect({ settings, ...(emulated && { emulator: { ...machines, speed: settings.speed, ...emulator } }) }, tools);
  try {
    const bearer = await signIn(connection);
    const state = openState(settings, emulated, tools);
    const close = async (): Promise<void> => {
      await state.close();
      await connection.close();
    };
    return { connection, state, bearer, identity: identityOf(bearer, connection.credential), close };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function signIn({ tokens }: Connection): Promise<Bearer> {
  try {
    return await tokens.current();
  } catch (error) {
    if (!(error instanceof AuthUnavailableError)) throw error;
    throw new UserError(`cannot sign in: ${error.message}`, {
      exitCode: EXIT.outage,
      hint: 'Nothing was sent. Try again later.',
      cause: error,
    });
  }
}

/** The list's machines as the built-in emulator has to hold them: by id, or under a made-up id by name. */
export function emulatedMachines(rows: readonly InputRow[], resolve: boolean): Partial<EmulatorOptions> {
  const named = resolve ? rows.filter(({ text }) => machineIdOf(text) === undefined && isHostName(text)) : [];
  return {
    machines: rows.map(({ text }) => machineIdOf(text) ?? '').filter((id) => id !== ''),
    fleet: named.map(({ text }) => ({ id: hashOf([text.toLowerCase()]).slice(0, 40), computerDnsName: text.toLowerCase() })),
  };
}

/** The comment as it was given, or undefined. @throws UsageError when it does not fit beside a run's tag */
export function commentOf({ comment }: Settings): string | undefined {
  const text = comment?.trim() ?? '';
  const longest =
    MAX_COMMENT -
    tagged(
      newRunId(0, true, () => 0),
      '',
    ).length;
  if (text.length > longest) throw new UsageError(`--comment is ${text.length} characters long; ${longest} fit beside the run's tag`);
  return text === '' ? undefined : text;
}

/** @throws UsageError when a flag was typed that has no meaning here */
export function refuseFlags({ flags }: Sources, names: readonly FlagName[], why: string): void {
  const typed = names.find((name) => flags[name] !== undefined);
  if (typed !== undefined) throw new UsageError(`--${typed.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${why}`);
}
