/** The command line: which flags each command takes, and what becomes of errors. Answers the exit code. */
import { Command, CommanderError } from 'commander';
import { askTerminal, type Ask } from './terminal.ts';
import type { CommandInput } from './context.ts';
import { addHelp, helpCommand } from './commands/help.ts';
import type { EmulatorOptions } from '../wiring/built-in-emulator.ts';
import { commands, type CommandSpec } from './commands/index.ts';
import type { Io } from './io.ts';
import { VERSION } from '../wiring/version.ts';
import { EXIT, type ExitCode } from '../core/exit.ts';
import { shown } from '../core/one-line.ts';
import { messageOf, UserError } from '../core/errors.ts';
import type { FlagName } from '../settings/flags.ts';
import { createDisplay } from './views/display.ts';
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
  const io: Io = { ...given, stdout: { write: (text) => given.stdout.write(secrets.scrub(text)) } };
  let exitCode: ExitCode = EXIT.ok;
  const program = new Command('cordon')
    .description('Carries out one Microsoft Defender for Endpoint response action on a whole list of machines.')
    .version(VERSION)
    .showSuggestionAfterError()
    .showHelpAfterError('(--help shows what there is)');
  for (const spec of commands)
    program.addCommand(
      commandOf(spec, argv.includes(HELP_ALL), async (args, typed) => {
        exitCode = await carryOut(spec, { args, typed }, { io, secrets, options });
      }),
    );
  program.helpCommand(false).addCommand(helpCommand(program, (text) => void io.stdout.write(text)));
  for (const command of [program, ...program.commands])
    command
      .exitOverride()
      .configureOutput({ writeOut: (text) => void io.stdout.write(text), writeErr: (text) => void io.stderr.write(secrets.scrub(text)) });
  try {
    await program.parseAsync(withResolve(argv), { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, { json: argv.includes('--json'), io, secrets });
  }
}

/** `--resolve` takes one word, `newest`, or none: what else follows it is a list, and not for commander to take as its value. */
function withResolve(argv: readonly string[]): string[] {
  return argv.flatMap((word, at) => {
    if (word === '--resolve') return [argv[at + 1] === 'newest' ? '--resolve=newest' : '--resolve=true'];
    return word === 'newest' && argv[at - 1] === '--resolve' ? [] : [word];
  });
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
  for (const option of options.values()) command.addOption(option);
  const jobFlags = spec.usage.includes(' [job]') ? addJobFlags(command) : (): SaidForJob => ({});
  addHelp(command, spec, options);
  return command.action(async () => {
    const given = command.opts();
    await action(command.args, { flags: saidBy(options, given), jobFlags: jobFlags() });
  });
}

function saidBy(options: Options, given: Readonly<Record<string, unknown>>): Said {
  const said: Partial<Record<FlagName, readonly string[]>> = {};
  for (const [name, option] of options) {
    const value = given[option.attributeName()];
    // `--no-x` is x = false for commander, and true for us, who name the flag after what it does.
    if (option.negate ? value === false : value === true) said[name] = ['true'];
    else if (Array.isArray(value)) said[name] = value.map(String);
    else if (typeof value === 'string') said[name] = [value];
  }
  return said;
}

interface Context {
  readonly io: Io;
  readonly secrets: Secrets;
  readonly options: MainOptions;
}

async function carryOut(
  spec: CommandSpec,
  { args, typed }: { args: readonly string[]; typed: Typed },
  { io, secrets, options }: Context,
): Promise<ExitCode> {
  const settings = settingsFrom({ ...typed, env: io.env });
  const display = createDisplay({ level: settings.quiet ? 'warn' : settings.logLevel, secrets, stderr: io.stderr });
  const { ask = askTerminal, emulator } = options;
  if (options.instead) return options.instead(spec, { args, settings });
  return spec.carryOut({ args, settings }, { io, display, secrets, ask, ...(emulator && { emulator }) });
}

/** A user's mistake is one line and what to do next; a bug shows its stack. */
function report(error: unknown, { json, io, secrets }: { json: boolean; io: Io; secrets: Secrets }): ExitCode {
  if (error instanceof CommanderError)
    return json && error.exitCode !== 0 ? tell(io, EXIT.usage, error) : error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const exitCode = error instanceof UserError ? error.exitCode : EXIT.internal;
  const stack = !(error instanceof UserError) && error instanceof Error ? `\n${error.stack}` : '';
  const hint = error instanceof UserError && error.hint ? `\n  ${error.hint}` : '';
  io.stderr.write(secrets.scrub(`cordon: ${shown(messageOf(error))}${hint}${stack}\n`));
  return json ? tell(io, exitCode, error) : exitCode;
}

/** With --json there is exactly one JSON object on stdout, whatever happened. */
function tell(io: Io, exitCode: ExitCode, error: unknown): ExitCode {
  const hint = error instanceof UserError ? error.hint : undefined;
  io.stdout.write(`${JSON.stringify({ error: { message: messageOf(error), ...(hint && { hint }) }, exitCode })}\n`);
  return exitCode;
}
