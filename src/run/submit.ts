/** `cordon submit`: guarded and confirmed here, carried out by whichever worker takes it. */
import { resolve } from 'node:path';
import { GuardError, UsageError } from '../core/errors.ts';
import { hashOf } from '../core/hash.ts';
import type { Run } from '../core/types.ts';
import { keepSchedule } from '../fleet/schedules.ts';
import type { When } from '../fleet/submit.ts';
import type { FlagName } from '../settings/flags.ts';
import { flagNames, fromEnv, saying, settingsFrom, type Said, type Settings } from '../settings/settings.ts';
import { clock, type Tools } from '../wiring/tools.ts';
import { keepRun, type Begin } from './begin.ts';
import { isCampaign, startCampaign, type CampaignEnding, type CampaignRequest } from './campaign/start.ts';
import { notYet } from './ending.ts';
import { openFleet, sharedState } from './fleet.ts';
import { orderOf } from './job.ts';
import { readList } from './list.ts';
import { refuseFlags, type JobRequest } from './request.ts';
import type { Words } from './scheduled.ts';
import { requiredComment, start } from './start.ts';
import { untilTimeOfDay } from './stop.ts';

export interface Submitted {
  readonly runs: readonly Run[];
  /** Not before this instant, ms since the epoch; undefined: as soon as a worker is free. */
  readonly at: number | undefined;
  /** Where the list is over many tenants. */
  readonly campaign: CampaignEnding | undefined;
}

/** Whoever waits longer for the queue is not there first: of two that wait, the one that is urgent goes first. */
const URGENT = 10;

/**
 * Puts the run, or each tenant's, into the state and onto the queue.
 * @throws UsageError without a shared state; UserError for everything that stands against the run
 */
export async function submit(given: CampaignRequest, tools: Tools): Promise<Submitted> {
  sharedState(given.settings);
  const request = { ...given, settings: ofThisMachine(given.settings) };
  const at = timeToStart(request.settings.at);
  const fleet = await openFleet(request.settings, 'submitter', tools);
  const runs: Run[] = [];
  const begin: Begin = async (wanted, session) => {
    const { maxAge, priority } = session.settings;
    // It may be as old as that when its time has come, and not already then.
    const alsoKept = { ...wanted.alsoKept, maxAge: [`${Math.ceil(maxAge + (at === undefined ? 0 : at - clock.now()))}ms`] };
    const when: When = { ...(at !== undefined && { at }), ...(priority === 'high' && { priority: URGENT }) };
    const run = await keepRun({ ...wanted, alsoKept }, session, (kept, rows) => fleet.submit(kept, rows, when));
    runs.push(run);
    return notYet(run);
  };
  try {
    if (isCampaign(request.settings)) return { campaign: await startCampaign({ ...request, begin, state: fleet.state }, tools), runs, at };
    await start({ ...request, begin }, tools);
    return { runs, at, campaign: undefined };
  } finally {
    await fleet.close();
  }
}

/** Where reports go is the worker's to say, and nothing is gone on with here. */
function ofThisMachine({ sources }: Settings): Settings {
  return settingsFrom(saying(sources, { report: undefined, metricsFile: undefined, resumeIfInterrupted: undefined }));
}

/** @throws UsageError for a time that has passed */
function timeToStart(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const now = clock.now();
  const at = /^\d{4}/.test(text) ? Date.parse(text) : now + untilTimeOfDay(text, now);
  if (at < now) throw new UsageError(`--at ${text} has passed`);
  return at;
}

/** Flags of the moment, or of this machine: no part of what is done again and again. */
const PASSING: ReadonlySet<string> = new Set([
  'state',
  'every',
  'timezone',
  'name',
  'at',
  'json',
  'quiet',
  'logLevel',
  'report',
  'metricsFile',
  'tokenFile',
  'notifyFile',
]);

export interface Scheduled {
  readonly name: string;
  readonly every: string;
  readonly timezone: string;
  readonly next: Date | undefined;
}

/**
 * Keeps a schedule. What can be checked beforehand is; the rest is judged each time.
 * @throws UsageError when the times, the name or the request cannot be read; GuardError when nobody confirms beforehand
 */
export async function schedule({ jobName, lists, settings }: JobRequest, tools: Tools): Promise<Scheduled> {
  sharedState(settings);
  refuseFlags(settings, ['plan', 'at'], 'is for one run, and this is to begin again and again');
  const { job } = orderOf(jobName, settings, lists);
  requiredComment(settings);
  if (job.confirmWord !== undefined) throw new GuardError(`${job.name} cannot be taken back: it is never done by the clock alone`);
  if (!settings.yes && settings.confirm === undefined)
    throw new GuardError('nobody is there to ask when the clock begins a run', {
      hint: 'Nothing was kept. Say --yes, and set --max-targets and --exclude with care.',
    });
  if (lists.includes('-')) throw new UsageError('a schedule reads its list anew each time: standard input cannot be read again');
  await readList(lists, settings);
  const words = wordsOf(job.name, lists, settings);
  const { every = '', timezone = 'UTC', name = `${job.name}-${hashOf([JSON.stringify(words)]).slice(0, 6)}` } = settings;
  const fleet = await openFleet(settings, 'submitter', tools);
  try {
    const { next } = await keepSchedule(fleet.queue, { name, every, timezone, request: { ...words } });
    return { name, every, timezone, next };
  } finally {
    await fleet.close();
  }
}

/** The command's words as a worker elsewhere can read them. */
function wordsOf(jobName: string, lists: readonly string[], { sources, exclude, tenants, from, jobFlags }: Settings): Words {
  const said = (name: FlagName): readonly string[] | undefined => sources.flags[name] ?? fromEnv(name, sources.env);
  const own = Object.fromEntries(flagNames().flatMap((name) => (PASSING.has(name) || !said(name) ? [] : [[name, said(name)]])));
  const flags: Said = {
    ...own,
    ...(exclude.length > 0 && { exclude: exclude.map((file) => resolve(file)) }),
    ...(tenants !== undefined && { tenants: [resolve(tenants)] }),
    ...(from.length > 0 && { from: from.map((source) => source.replace(/^query:(.+)$/, (_, file: string) => `query:${resolve(file)}`)) }),
  };
  const jobWords = Object.fromEntries(Object.entries(jobFlags).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  return { jobName, lists: lists.map((list) => resolve(list)), flags, jobFlags: jobWords };
}
