/** `cordon help`, `cordon help COMMAND`, `cordon help JOB`, and what `--help` shows besides the flags. */
import { Command, CommanderError, Option } from 'commander';
import { findJob, jobs } from '../../../jobs/index.ts';
import { UsageError } from '../../core/errors.ts';
import { afterOptions, exitCodesText, HELP_ALL, jobsText, jobText, type Options } from '../views/help.ts';

const TITLE = 'Help:';
const ALL = new Option(HELP_ALL, 'every flag, with its variable in the environment').helpGroup(TITLE);
const SHORT = new Option('-h, --help', 'what matters first').helpGroup(TITLE);

/** Gives a command its help options, and the jobs, examples and exit codes that belong to it. */
export function addHelp(command: Command, { usage, examples }: { usage: string; examples: readonly string[] }, options: Options): void {
  const onJobs = usage.includes(' [job]');
  command
    .addOption(ALL)
    .addHelpOption(SHORT)
    .on(`option:${HELP_ALL.slice(2)}`, () => command.help());
  if (onJobs) command.addHelpText('before', () => aboutJob(command.args[0])).addHelpText('after', jobsText(jobs));
  command.addHelpText('after', afterOptions(options, examples));
  if (onJobs || usage.startsWith('resume')) command.addHelpText('after', exitCodesText());
}

/** `cordon --help-all`: the help of every command, one after the other. */
export function addHelpAll(program: Command): void {
  program
    .addOption(new Option(HELP_ALL, 'the help of every command, with every flag and its variable'))
    .on(`option:${HELP_ALL.slice(2)}`, () => {
      program.outputHelp();
      for (const command of program.commands.filter((each) => each.name() !== 'help')) command.outputHelp();
      throw new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)');
    });
}

/** Of a job that was named before `--help`. */
function aboutJob(name: string | undefined): string {
  const job = name === undefined ? undefined : findJob(name);
  return job ? jobText(job) : '';
}

/** @throws UsageError, in its action, for a word that is neither */
export function helpCommand(program: Command, write: (text: string) => void): Command {
  return new Command('help')
    .argument('[command or job]')
    .summary('what a command or a job does, and its flags')
    .action((topic: string | undefined) => {
      const job = findJob(topic ?? '');
      const command = topic === undefined ? program : program.commands.find((each) => each.name() === topic);
      if (job) write(jobText(job));
      else if (command) command.outputHelp();
      else throw new UsageError(`there is no command and no job "${topic}"`, { hint: 'cordon --help shows what there is.' });
    });
}
