/** The command line: which flags each command takes, and what becomes of errors. Answers the exit code. */
import { Command } from 'commander';
import { askTerminal, type Ask } from './terminal.ts';
import type { CommandInput } from './context.ts';
import { addHelp, addHelpAll, helpCommand } from './commands/help.ts';
import type { EmulatorOptions } from '../wiring/built-in-emulator.ts';
import { commands, type CommandSpec } from './commands/index.ts';
import type { Io } from './io.ts';
import { VERSION } from '../wiring/version.ts';
import { EXIT, type ExitCode } from '../core/exit.ts';
import type { FlagName } from '../settings/flags.ts';
import { failureOf, unwritten } from './failure.ts';
import { logFormatOf } from './log-format.ts';
import { createDisplay, type Display, type Failure } from './views/display.ts';
import { HELP_ALL, optionsOf, type Options } from './views/help.ts';
import { Secrets, secretsIn } from '../core/secrets.ts';
import type { SaidForJob } from '../core/parameters.ts';
import { addJobFlags } from './job-flags.ts';
import { settingsFrom, type Said, type Sources } from '../settings/settings.ts';

export interface MainOptions {
  readonly ask?: Ask;
  readonly emulator?: Partial<EmulatorOptions>;
  /** Takes the place of the commands, once a command line is understood: shows whether what a document prints would be. */
  readonly instead?: (spec: CommandSpec, input: CommandInput) => Promise<ExitCode>;
}

/** Runs one command line to its end. Never throws, never exits. */
export async function main(argv: readonly string[], given: Io, options: MainOptions = {}): Promise<ExitCode> {
  const secrets = new Secrets();
  for (const value of secretsIn(given.env)) secrets.hide(value);
  const io = scrubbed(given, secrets);
  let exitCode: ExitCode = EXIT.ok;
  // What goes wrong before the settings are read is said as they would have it.
  const format = logFormatOf(argv, given);
  let display = createDisplay({ level: 'info', format, secrets, stderr: io.stderr });
  const shows = (shown: Display): void => void (display = shown);
  io.onWarning?.((text) => display.log.warn({}, text));
  const program = new Command('cordon')
    .description('Carries out one Microsoft Defender for Endpoint response action on a whole list of machines.')
    .version(VERSION)
    .showSuggestionAfterError();
  for (const spec of commands)
    program.addCommand(
      commandOf(spec, argv.includes(HELP_ALL), async (args, typed) => {
        exitCode = await carryOut(spec, { args, typed }, { io, secrets, options, shows });
      }),
    );
  addHelpAll(program);
  program.helpCommand(false).addCommand(helpCommand(program, (text) => void io.stdout.write(text)));
  for (const command of [program, ...program.commands])
    command.exitOverride().configureOutput({ writeOut: (text) => void io.stdout.write(text), writeErr: () => undefined });
  try {
    await program.parseAsync(withResolve(argv), { from: 'user' });
  } catch (error) {
    const failure = failureOf(error);
    if (failure !== undefined && argv.length === 0 && display.terminal) display.say(program.helpInformation());
    if (failure !== undefined) display.fail(failure);
    if (failure !== undefined && argv.includes('--json')) tell(io, failure);
    exitCode = failure?.exitCode ?? EXIT.ok;
  }
  return whole(exitCode, given, display);
}

/** Output that is not whole is no success: who reads a list that is cut off must not take it for all. */
async function whole(exitCode: ExitCode, io: Io, display: Display): Promise<ExitCode> {
  const lost = await io.flushed?.();
  if (lost === undefined) return exitCode;
  const failure = unwritten(lost, exitCode);
  display.fail(failure);
  return failure.exitCode;
}

/** `--resolve` takes one word, `newest`, or none: what else follows it is a list, and not for commander to take as its value. */
function withResolve(argv: readonly string[]): string[] {
  return argv.flatMap((word, at) => {
    if (word === '--resolve') return [argv[at + 1] === 'newest' ? '--resolve=newest' : '--resolve=true'];
    return word === 'newest' && argv[at - 1] === '--resolve' ? [] : [word];
  });
}

/** What is printed on stdout holds no secret. The width is asked for anew each time: windows are resized. */
function scrubbed(given: Io, secrets: Secrets): Io {
  const { stdout } = given;
  return {
    ...given,
    stdout: {
      get columns() {
        return stdout.columns ?? Infinity;
      },
      write: (text) => stdout.write(secrets.scrub(text)),
    },
  };
}

type Action = (args: readonly string[], typed: Typed) => Promise<void>;

/** Flags as they were typed. */
type Typed = Pick<Sources, 'flags' | 'jobFlags'>;

function commandOf(spec: CommandSpec, everything: boolean, action: Action): Command {
  const [name = '', ...args] = spec.usage.split(' ');
  const command = new Command(name)
    .summary(spec.summary)
    .description(spec.about === undefined ? spec.summary : `${spec.summary}\n\n${spec.about}`)
    .allowExcessArguments(args.some((arg) => arg.includes('...')));
  for (const arg of args) command.argument(arg);
  const options = optionsOf(spec.flags, everything);
  // Commander keeps one value for `--x` and `--no-x`, the last one: whether both were typed only its events tell.
  const typed = new Set<string>();
  for (const option of options.values()) command.addOption(option).on(`option:${option.name()}`, () => typed.add(option.name()));
  const jobFlags = spec.usage.includes(' [job]') ? addJobFlags(command) : (): SaidForJob => ({});
  addHelp(command, spec, options);
  return command.action(async () => {
    const given = command.opts();
    await action(command.args, { flags: saidBy(options, given, typed), jobFlags: jobFlags() });
  });
}

function saidBy(options: Options, given: Readonly<Record<string, unknown>>, typed: ReadonlySet<string>): Said {
  const said: Partial<Record<FlagName, readonly string[]>> = {};
  for (const [name, option] of options) {
    const value = given[option.attributeName()];
    // `--no-x` is true for us, who name the flag after what it does.
    if (option.negate || option.isBoolean()) {
      if (typed.has(option.name())) said[name] = ['true'];
    } else if (Array.isArray(value)) said[name] = value.map(String);
    else if (typeof value === 'string') said[name] = [value];
  }
  return said;
}

interface Context {
  readonly io: Io;
  readonly secrets: Secrets;
  readonly options: MainOptions;
  /** Told of the display that the settings want. */
  readonly shows: (display: Display) => void;
}

async function carryOut(
  spec: CommandSpec,
  { args, typed }: { args: readonly string[]; typed: Typed },
  { io, secrets, options, shows }: Context,
): Promise<ExitCode> {
  const settings = settingsFrom({ ...typed, env: io.env });
  const level = settings.quiet ? 'warn' : settings.logLevel;
  const display = createDisplay({ level, format: settings.logFormat, secrets, stderr: io.stderr });
  shows(display);
  const { ask = askTerminal, emulator } = options;
  if (options.instead) return options.instead(spec, { args, settings });
  return spec.carryOut({ args, settings }, { io, display, secrets, ask, ...(emulator && { emulator }) });
}

/** With --json there is exactly one JSON object on stdout, whatever happened. */
function tell(io: Io, { exitCode, error: message, hint }: Failure): void {
  io.stdout.write(`${JSON.stringify({ error: { message, ...(hint && { hint }) }, exitCode })}\n`);
}
