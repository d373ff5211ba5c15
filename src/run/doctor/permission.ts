/** Whether the API lets us carry out a job, without carrying it out: on a machine that does not exist. */
import { missingPermissions, permissionsText } from '../../core/job-words.ts';
import type { Job, Parameters } from '../../core/types.ts';
import type { Ask } from '../../engine/attempts/ask.ts';
import { codeOf, statusOf, wordsOf, type Check } from './check.ts';
import { madeUpId } from './reach.ts';

export interface PermissionInput {
  readonly job: Job;
  /** Asks the job's own API, and so counts in its quota. */
  readonly ask: Ask;
  readonly granted: readonly string[] | undefined;
  /** The API says itself that the made-up machine does not exist. */
  readonly isNobody: boolean;
}

/** 404 for the machine means that the permission was enough. Nothing is sent where the machine might exist. */
export async function checkPermission({ job, ask, granted, isNobody }: PermissionInput): Promise<Check> {
  const name = `permission ${job.name}`;
  const needed = permissionsText(job);
  const next = `Grant ${needed} (API "WindowsDefenderATP") with admin consent.`;
  const missing = granted ? missingPermissions(job, granted) : [];
  if (missing.length > 0) return { name, level: 'warn', what: `the token lacks ${missing.join(' and ')}`, next };
  const untried = whyNotTried(job, isNobody);
  if (untried !== undefined) return { name, level: 'warn', what: `not tried: ${untried}` };
  const comment = 'cordon doctor: is the permission there?';
  const asked = await ask.post(`machines/${madeUpId(0)}/${job.segment}`, job.body(comment, sampleParameters(job), {}));
  const status = statusOf(asked);
  const data = { status, code: codeOf(asked) };
  if (status === 404 && codeOf(asked) !== '')
    return { name, level: 'ok', what: `${needed} is enough: a made-up machine is answered 404`, data };
  if (status === 401 || status === 403) return { name, level: 'warn', what: wordsOf(asked), next, data };
  return { name, level: 'warn', what: `not shown: expected 404 for a made-up machine, got ${wordsOf(asked)}`, data };
}

/** What cannot be taken back is not even asked about a machine that does not exist. */
function whyNotTried({ confirmWord }: Job, isNobody: boolean): string | undefined {
  if (confirmWord !== undefined) return 'what cannot be taken back is not asked for, not even on a made-up machine';
  return isNobody ? undefined : 'the API does not say that a made-up machine does not exist (an emulator may know every machine)';
}

/** A body has to be whole to be judged by its permission. */
function sampleParameters({ parameters = [] }: Job): Parameters {
  return Object.fromEntries(
    parameters.map(({ name, kind }) => [name, kind === 'sha1' ? '0'.repeat(40) : (Object.keys(kind.choice)[0] ?? '')]),
  );
}

/** Whether the API says that the made-up machine does not exist. */
export async function asksNobody(machines: Ask): Promise<boolean> {
  const asked = await machines.get(`machines/${madeUpId(0)}`);
  return statusOf(asked) === 404 && codeOf(asked) !== '';
}
