/** One list over many tenants: a run for each, side by side, under one campaign; what one cannot do stops no other. */
import { campaignSummary, newCampaignId, type CampaignSummary, type TenantEnd } from '../../core/campaign.ts';
import type { Briefing } from '../../core/briefing.ts';
import { UsageError, UserError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit.ts';
import type { Listener, State } from '../../core/ports.ts';
import { splitByTenant, tenantColumn, tenantIdOf } from '../../core/tenants.ts';
import type { PlannedRow } from '../../core/types.ts';
import type { Settings } from '../../settings/settings.ts';
import { settingsOfSpeed } from '../../wiring/built-in-emulator.ts';
import { openSession } from '../../wiring/session.ts';
import { openState } from '../../wiring/state.ts';
import { clock, type Tools } from '../../wiring/tools.ts';
import { beginRun, type Begin } from '../begin.ts';
import type { Ending } from '../ending.ts';
import { orderOf } from '../job.ts';
import { hashed, readList, type TargetList } from '../list.ts';
import { emulatedMachines, refuseFlags, type StartRequest } from '../request.ts';
import { requiredComment, startIn } from '../start.ts';
import { tenantsOf } from '../tenant-tools.ts';
import { decideTogether, type Ready } from './decide.ts';
import { reportCampaign, type CampaignFiles } from './report.ts';
import { checkTenant, keptOfTenant, placeOf, whyNot, type Tenant, type TenantPlace } from './tenant.ts';
import { Together, Turns } from './together.ts';

export interface CampaignRequest extends StartRequest {
  /** Told what happens in the run of one tenant. */
  readonly follow: (tenant: string) => Followed;
  /** Open already; it stays so. */
  readonly state?: State;
}

/** Somebody who is told what happens in one of several runs. */
export interface Followed {
  readonly listener: Listener;
  close(): Promise<void>;
}

export interface CampaignEnding extends CampaignFiles {
  readonly campaign: string;
  readonly summary: CampaignSummary;
}

/** Whether the list is over many tenants. */
export function isCampaign({ tenantColumn: column, tenants }: Settings): boolean {
  return column !== undefined || tenants !== undefined;
}

/** So many tenants sign in and read facts at a time. */
const AT_ONCE = 20;

/**
 * Carries a job out in every tenant of a list, to its end.
 * @throws UserError for everything that stands against all of it: nothing was sent then
 */
export async function startCampaign(given: CampaignRequest, tools: Tools): Promise<CampaignEnding> {
  const request = { ...given, settings: settingsOfSpeed(given.settings, given.settings.emulator) };
  const { settings } = request;
  refuseFlags(
    settings,
    ['plan', 'tenant', 'tokenFile', 'from', 'resumeIfInterrupted', 'page', 'dryRun'],
    'is for one tenant, and this list is over many',
  );
  if (settings.ensure) throw new UsageError('--ensure is for one tenant, and this list is over many');
  orderOf(request.jobName, settings);
  requiredComment(settings);
  const list = await readList(request.lists, settings, request.stdin);
  const tenants = tenantsIn(list, settings);
  const state = request.state ?? (await openState(settings, settings.emulator, tools));
  try {
    return await new Campaign(request, { list, tenants, state, tools }).run();
  } finally {
    if (!request.state) await state.close();
  }
}

/** @throws UsageError naming file and line of a row whose tenant is not known */
function tenantsIn({ rows }: TargetList, { tenantColumn: asked, tenants: file }: Settings): readonly Tenant[] {
  const known = tenantsOf(file);
  const column = tenantColumn(rows, asked === 'auto' ? undefined : asked);
  if (column === undefined && rows.length > 0)
    throw new UsageError('the list has no column that names tenants', { hint: 'Say which one it is: --tenant-column NAME' });
  const parts = splitByTenant(rows, column ?? '', (text) => known?.find(text)?.id ?? tenantIdOf(text));
  return parts.map((part) => ({ ...part, entry: known?.find(part.tenant) }));
}

interface Parts {
  readonly list: TargetList;
  readonly tenants: readonly Tenant[];
  readonly state: State;
  readonly tools: Tools;
}

class Campaign {
  readonly id: string;
  readonly #request: CampaignRequest;
  readonly #parts: Parts;
  readonly #turns = new Turns(AT_ONCE);
  readonly #together: Together<Ready>;

  constructor(request: CampaignRequest, parts: Parts) {
    const { settings, jobName, confirm } = request;
    this.#request = request;
    this.#parts = parts;
    this.id = newCampaignId(clock.now(), settings.emulator, Math.random);
    const decision = { job: orderOf(jobName, settings).job, settings, confirm, listener: parts.tools.listener };
    this.#together = new Together(parts.tenants.length, (ready) => decideTogether(inOrder(ready, parts.tenants), decision));
  }

  async run(): Promise<CampaignEnding> {
    const { tenants, state, tools } = this.#parts;
    const ended = await Promise.all(tenants.map((tenant) => this.#tenant(tenant)));
    if (this.#together.refused !== undefined) throw this.#together.refused;
    const summary = campaignSummary(
      ended.map(({ end }) => end),
      ended.flatMap(({ end, isOpen }) => (isOpen && end.run !== undefined ? [end.run] : [])),
    );
    const left = tenants.filter((_, n) => ended[n]?.end.run === undefined).flatMap(({ rows }) => rows);
    const { settings } = this.#request;
    return { campaign: this.id, ...(await reportCampaign({ campaign: this.id, summary, left, state, settings }, tools)) };
  }

  async #tenant(tenant: Tenant): Promise<{ end: TenantEnd; isOpen: boolean }> {
    const followed = this.#request.follow(tenant.tenant);
    const tools = { ...this.#parts.tools, listener: followed.listener };
    let place: TenantPlace = { settings: this.#request.settings, tools };
    try {
      place = await placeOf(tenant, this.#request.settings, tools);
      const { exitCode, run, summary, note } = await this.#runOf(tenant, place);
      return {
        end: { tenant: tenant.tenant, run: run.id, outcomes: summary?.outcomes ?? {}, exitCode, why: note },
        isOpen: run.status !== 'done',
      };
    } catch (error) {
      const exitCode = error instanceof UserError ? error.exitCode : EXIT.internal;
      const why = whyNot(error, tenant, place);
      tools.log.error({ event: 'tenant.failed', tenant: tenant.tenant, exitCode, why }, 'this tenant has no run');
      return { end: { tenant: tenant.tenant, run: undefined, outcomes: {}, exitCode, why }, isOpen: false };
    } finally {
      await followed.close();
    }
  }

  /** Gets ready, waits for the others, and goes on. */
  async #runOf(tenant: Tenant, { settings, tools }: TenantPlace): Promise<Ending> {
    const endTurn = await this.#turns.take();
    let hasCome = false;
    const come = (ready: Ready): Promise<void> => {
      hasCome = true;
      endTurn();
      return this.#together.come(ready);
    };
    try {
      const session = await openSession({ settings, emulator: this.#emulatorOf(tenant), state: this.#parts.state }, tools);
      try {
        checkTenant(tenant, session);
        return await startIn(session, { jobName: this.#request.jobName, list: this.#listOf(tenant), ...this.#asked(tenant, come) });
      } finally {
        await session.close();
      }
    } finally {
      endTurn();
      if (!hasCome) this.#together.go();
    }
  }

  /** Nobody is asked about one tenant alone. */
  #asked(tenant: Tenant, come: (ready: Ready) => Promise<void>): Pick<StartRequest, 'confirm' | 'begin'> {
    const { begin = beginRun } = this.#request;
    let briefing: Briefing | undefined;
    const beginTogether: Begin = async (wanted, session) => {
      await come({ tenant: tenant.tenant, calls: callsIn(wanted.rows), briefing });
      return begin({ ...wanted, alsoKept: { ...wanted.alsoKept, ...keptOfTenant(tenant, this.id) } }, session);
    };
    const confirm: StartRequest['confirm'] = async (asked) => {
      briefing = asked;
      return { yes: true };
    };
    return { confirm, begin: beginTogether };
  }

  #listOf({ rows }: Tenant): TargetList {
    return { ...this.#parts.list, ...hashed(rows) };
  }

  #emulatorOf({ tenant, rows }: Tenant) {
    const { settings, emulator } = this.#request;
    if (!settings.emulator) return undefined;
    return { ...emulatedMachines(rows, settings.resolve !== false), speed: settings.speed, ...emulator, tenant };
  }
}

function callsIn(rows: Iterable<PlannedRow>): number {
  return Iterator.from(rows).reduce((count, { skip }) => (skip === undefined ? count + 1 : count), 0);
}

/** As the list names them, whoever was ready first. */
function inOrder(ready: readonly Ready[], tenants: readonly Tenant[]): readonly Ready[] {
  const place = new Map(tenants.map(({ tenant }, n) => [tenant, n]));
  return ready.toSorted((a, b) => (place.get(a.tenant) ?? 0) - (place.get(b.tenant) ?? 0));
}
