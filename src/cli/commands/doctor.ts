/** `cordon doctor [--probe MACHINE]`: what would stop a run, found out before one is needed. */
import { GuardError } from '../../core/errors.ts';
import { EXIT, type ExitCode } from '../../core/exit.ts';
import { diagnosis, probedMachine, probeMachine } from '../../run/diagnosis.ts';
import { StopRequest } from '../../run/stop.ts';
import type { Settings } from '../../settings/settings.ts';
import { replaceFile } from '../../system/replace.ts';
import type { Cli, CommandInput } from '../context.ts';
import { diagnosisJson, diagnosisText, probedText, probeQuestion, type Probed } from '../views/diagnosis.ts';
import { quietTools } from '../working.ts';

/** @throws UsageError, GuardError when nobody confirms the probe, PlanError when the machine is in use */
export async function doctor({ settings }: CommandInput, cli: Cli): Promise<ExitCode> {
  const { io, display } = cli;
  const machine = settings.probe === undefined ? undefined : probedMachine(settings.probe);
  display.progress('looking at settings, sign-in, reach, permissions …');
  const found = await diagnosis(settings, quietTools(cli));
  display.progress('');
  if (!settings.json) io.stdout.write(diagnosisText(found, io.stdout.columns ?? Infinity));
  const probed = machine === undefined || found.exitCode !== EXIT.ok ? undefined : await probeIt(machine, settings, cli);
  if (settings.json) io.stdout.write(`${JSON.stringify(diagnosisJson(found, probed))}\n`);
  else if (probed) io.stdout.write(probedText(probed));
  return found.exitCode;
}

async function probeIt(machine: string, settings: Settings, cli: Cli): Promise<Probed> {
  if (!settings.yes) await confirmed(machine, settings, cli);
  cli.display.progress('probing: restrict, wait, release; this takes some minutes …');
  const seen = await whileStoppable(cli, (signal) => probeMachine(machine, settings, { ...quietTools(cli), signal }));
  cli.display.progress('');
  const file = settings.out ?? `cordon-probe-${seen.at.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}.json`;
  await replaceFile(file, [`${JSON.stringify(seen, undefined, 2)}\n`]);
  return { file, seen };
}

/** @throws GuardError unless somebody says so */
async function confirmed(machine: string, settings: Settings, { ask, display }: Cli): Promise<void> {
  const answer = await ask(probeQuestion(machine, settings.emulator, display.columns()));
  if (answer?.trim() === 'probe') return;
  throw new GuardError(
    answer === undefined ? 'nobody confirmed the probe: there is no terminal to ask on' : 'not confirmed; nothing was sent',
    {
      hint: 'A probe restricts the machine for some minutes: --yes says that it may.',
    },
  );
}

/** A signal breaks the probe off, which then says how the machine is released. */
async function whileStoppable<T>({ io }: Cli, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const off = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) =>
    io.onSignal(signal, () =>
      controller.abort(new StopRequest(signal === 'SIGINT' ? EXIT.sigint : EXIT.sigterm, `interrupted by ${signal}`)),
    ),
  );
  try {
    return await work(controller.signal);
  } finally {
    for (const stop of off) stop();
  }
}
