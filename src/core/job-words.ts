/** What is told of a job before anything is sent: risks, permissions, help. Pure. */
import { wordsOf } from './parameter-values.ts';
import type { Job, JobParameter, Parameters, Risk } from './types.ts';

/** The risks that apply with these parameters; without parameters all of them, as help shows them. */
export function risksOf({ risks }: Pick<Job, 'risks'>, parameters?: Parameters): string[] {
  const applies = ({ when = {} }: Risk): boolean =>
    parameters === undefined || Object.entries(when).every(([name, words]) => words.includes(parameters[name] ?? ''));
  return risks.filter(applies).map(({ text }) => text);
}

/** Groups of application roles of which a token has none: what is to be granted. */
export function missingPermissions({ permissions }: Pick<Job, 'permissions'>, granted: readonly string[]): string[] {
  return permissions.filter((group) => !group.some((role) => granted.includes(role))).map((group) => group.join(' or '));
}

/** "Machine.StopAndQuarantine and (Machine.Read.All or Machine.ReadWrite.All)" */
export function permissionsText({ permissions }: Pick<Job, 'permissions'>): string {
  return permissions
    .map((group) => (group.length > 1 && permissions.length > 1 ? `(${group.join(' or ')})` : group.join(' or ')))
    .join(' and ');
}

/** `--isolation-type <word>`, as help and commander write it. */
export function usageOf({ name, kind }: JobParameter): string {
  return `--${name} <${kind === 'sha1' ? 'hash' : Object.keys(kind.choice).join('|')}>`;
}

/** The page of `cordon help JOB`: lines, without a line end. */
export function jobHelp(job: Job): string[] {
  return [
    `${job.name}: ${job.title}`,
    '',
    `  permission  ${permissionsText(job)}`,
    `  noticed     ${job.notice}`,
    `  platforms   ${job.platforms}`,
    `  limits      ${job.limits}`,
    `  undo        ${job.undo}`,
    `  succeeded   ${job.finalWords}`,
    ...(job.confirmWord === undefined
      ? []
      : [`  confirm     type the word "${job.confirmWord}", or give a plan: --yes and --confirm alone do not do`]),
    ...risksOf(job).map((risk, index) => `  ${index === 0 ? 'risks' : '     '}       ${risk}`),
    ...((job.parameters ?? []).length > 0 ? ['', 'Flags of its own:'] : []),
    ...(job.parameters ?? []).map((parameter) => `  ${usageOf(parameter)}  ${parameterHelp(parameter)}`),
  ];
}

/** What help says of one flag. */
export function parameterHelp(parameter: JobParameter): string {
  const { help, required, default: byDefault } = parameter;
  const more = byDefault === undefined ? (required ? 'required' : undefined) : `default: ${byDefault}`;
  return `${help}. ${wordsOf(parameter)}${more === undefined ? '' : ` (${more})`}`;
}

/**
 * Why a job that cannot be taken back may not start like this: `--yes` and `--confirm` alone are no word typed. Undefined
 * when a plan was given, or somebody is there to type the word, or the job needs none.
 */
export function whyWordIsMissing(
  { name, confirmWord }: Job,
  { planned, canAsk }: { readonly planned: boolean; readonly canAsk: boolean },
): string | undefined {
  if (confirmWord === undefined || planned || canAsk) return undefined;
  return `${name} cannot be taken back: type the word "${confirmWord}" at a terminal, or give a plan (--plan); --yes and --confirm alone do not do`;
}

/** Whether what somebody typed is the word that the job asks for, exactly. */
export function isConfirmWord({ confirmWord }: Job, typed: string): boolean {
  return confirmWord !== undefined && typed.trim() === confirmWord;
}
