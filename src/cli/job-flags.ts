/** Flags that only some jobs have: taken by every command on a job, shown by the help of their own jobs alone. */
import { Option, type Command } from 'commander';
import { jobs } from '../../jobs/index.ts';
import { parameterHelp, usageOf } from '../core/job-words.ts';
import type { SaidForJob } from '../core/parameters.ts';

/** Gives a command the flags of all jobs; which of them the job has is judged when the job is known. */
export function addJobFlags(command: Command): () => SaidForJob {
  const options = new Map(
    jobs.flatMap(({ parameters = [] }) =>
      parameters.map((parameter) => [parameter.name, new Option(usageOf(parameter), parameterHelp(parameter)).hideHelp()] as const),
    ),
  );
  for (const option of options.values()) command.addOption(option);
  return () => {
    const given: Record<string, unknown> = command.opts();
    const said = [...options].map(([name, option]) => [name, given[option.attributeName()]] as const);
    return Object.fromEntries(said.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
  };
}
