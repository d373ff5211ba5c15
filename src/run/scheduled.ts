/** What a worker makes of a schedule when its time has come: a run, or one for each tenant. */
import * as v from 'valibot';
import { hashOf } from '../core/hash.ts';
import { EXIT } from '../core/exit.ts';
import { messageOf, UserError } from '../core/errors.ts';
import type { State } from '../core/ports.ts';
import { newRunId } from '../core/run-id.ts';
import type { Run } from '../core/types.ts';
import type { MadeRun, Occasion, ScheduledRequest } from '../fleet/worker.ts';
import { settingsFrom, type Said, type Settings } from '../settings/settings.ts';
import type { Tools } from '../wiring/tools.ts';
import { keepRun, type Begin } from './begin.ts';
import { isCampaign, startCampaign, type CampaignRequest } from './campaign/start.ts';
import { notYet } from './ending.ts';
import { start } from './start.ts';

/** The words of the command, without secrets. */
export interface Words {
  readonly jobName: string;
  readonly lists: readonly string[];
  readonly flags: Said;
  readonly jobFlags: Readonly<Record<string, string>>;
}

const wordsSchema = v.object({
  jobName: v.string(),
  lists: v.array(v.string()),
  flags: v.record(v.string(), v.array(v.string())),
  jobFlags: v.record(v.string(), v.string()),
});

export interface SchedulePlace {
  readonly state: State;
  /** The worker's own. */
  readonly settings: Settings;
  readonly tenants: string | undefined;
  readonly tools: Tools;
}

/** Makes the runs of an occasion, the same ones however often it is asked for it. */
export function runsOfSchedule({ state, settings, tenants, tools }: SchedulePlace) {
  return async (request: ScheduledRequest, occasion: Occasion, signal: AbortSignal): Promise<readonly MadeRun[]> => {
    const made: Run[] = [];
    const begin: Begin = async (wanted, session) => {
      const id = idOf(occasion, session.identity.tenant);
      const run = (await state.run(id)) ?? (await keepRun({ ...wanted, id }, session, (kept, rows) => state.createRun(kept, rows)));
      if (run.status !== 'done') made.push(run);
      return notYet(run);
    };
    try {
      await launch({ ...requestOf(request, settings, tenants), begin, state }, { ...tools, signal });
    } catch (error) {
      if (!(error instanceof UserError) || error.exitCode === EXIT.outage) throw error;
      // Asked again it would be refused again.
      tools.log.error(
        { event: 'schedule.failed', occasion: occasion.id, exitCode: error.exitCode, why: messageOf(error) },
        'the schedule made no run',
      );
    }
    return made;
  };
}

async function launch(request: CampaignRequest, tools: Tools): Promise<void> {
  if (isCampaign(request.settings)) await startCampaign(request, tools);
  else await start(request, tools);
}

function requestOf(request: ScheduledRequest, { sources }: Settings, tenants: string | undefined): CampaignRequest {
  const { jobName, lists, flags, jobFlags } = v.parse(wordsSchema, request);
  const said: Said = { ...sources.flags, ...flags, ...(tenants !== undefined && flags['tenants'] && { tenants: [tenants] }) };
  return {
    jobName,
    lists,
    settings: settingsFrom({ flags: said, jobFlags, env: sources.env }),
    confirm: async () => ({ yes: false, why: 'nobody is there to ask: the clock began this' }),
    follow: () => ({ listener: () => undefined, close: async () => undefined }),
  };
}

/** The time of the occasion, and what no other occasion and no other tenant of it has. */
function idOf({ id, at }: Occasion, tenant: string): string {
  const digits = hashOf([id, tenant]);
  let next = 0;
  const drawn = (): number => {
    next += 8;
    return Number.parseInt(digits.slice(next - 8, next), 16) / 2 ** 32;
  };
  return newRunId(at, false, drawn);
}
