/** Whether the API lets us carry out a job, without carrying it out: on a machine that does not exist. */
import type { Job } from '../../core/types.ts';
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
  const next = `Grant ${job.permission} (API "WindowsDefenderATP") with admin consent.`;
  if (granted && !granted.includes(job.permission)) return { name, level: 'warn', what: `the token lacks ${job.permission}`, next };
  if (!isNobody)
    return {
      name,
      level: 'warn',
      what: 'not tried: the API does not say that a made-up machine does not exist (an emulator may know every machine)',
    };
  const asked = await ask.post(`machines/${madeUpId(0)}/${job.segment}`, job.body('cordon doctor: is the permission there?'));
  const status = statusOf(asked);
  const data = { status, code: codeOf(asked) };
  if (status === 404 && codeOf(asked) !== '')
    return { name, level: 'ok', what: `${job.permission} is enough: a made-up machine is answered 404`, data };
  if (status === 401 || status === 403) return { name, level: 'warn', what: wordsOf(asked), next, data };
  return { name, level: 'warn', what: `not shown: expected 404 for a made-up machine, got ${wordsOf(asked)}`, data };
}

/** Whether the API says that the made-up machine does not exist. */
export async function asksNobody(machines: Ask): Promise<boolean> {
  const asked = await machines.get(`machines/${madeUpId(0)}`);
  return statusOf(asked) === 404 && codeOf(asked) !== '';
}
