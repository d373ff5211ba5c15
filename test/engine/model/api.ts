/** An API as the real one may be at its worst, on the fake clock: what a list shows, when, and in whose words. */
import type { Api } from '../../../src/core/ports.ts';
import type { Answer, MachineAction } from '../../../src/core/types.ts';
import { apiError, response } from '../../support/scripted.ts';

/** What becomes of one POST. `late`: the answer is lost, and the effect comes seconds later. */
export const FATES = [
  'ok',
  'lost-before',
  'lost-after',
  'late',
  '503-before',
  '503-after',
  'unreadable-after',
  'no-connection',
  '429',
  '404',
  'html-400',
] as const;
export type Fate = (typeof FATES)[number];

export type TagHandling = 'kept' | 'punctuation' | 'dropped' | 'hidden';

/** An action that somebody else, or another tool under our name, makes. */
export interface Foreign {
  /** Row whose machine it is on. */
  readonly row: number;
  /** Seconds after the run began; negative: before. */
  readonly atS: number;
  readonly by: 'analyst' | 'us' | 'nobody';
  readonly comment: 'by hand' | 'quotes our tag' | 'another run' | 'none';
  readonly sameType: boolean;
  readonly openForS: number;
}

export interface ApiOptions {
  /** The server's clock minus the true time, ms; and whether answers carry a `Date`. */
  readonly clockMs: number;
  readonly dates: boolean;
  /** The longest that a list may hide an action, ms; each hides for a part of it. */
  readonly lagMs: number;
  readonly lagShares: readonly number[];
  readonly latencyMs: number;
  readonly fates: readonly Fate[];
  readonly duplicates: 'refuse' | 'return';
  /** How long our actions stay open, ms. */
  readonly openForMs: number;
  readonly tag: TagHandling;
  readonly pageSize: number;
  readonly skip: 'honoured' | 'ignored' | 'repeats' | 'overlaps';
  readonly order: 'asc' | 'desc';
  readonly filter: 'honoured' | 'ignored' | 'refused' | 'too long';
  readonly reads: 'readable' | 'forbidden' | 'unauthorized' | 'fails at first' | 'out';
  /** Rows whose machine's record was merged into one outside the list. */
  readonly merged: readonly number[];
  readonly namesUs: boolean;
  readonly foreign: readonly Foreign[];
}

interface Stored extends MachineAction {
  readonly at: number;
  readonly visibleAt: number;
  readonly closedAt: number;
  /** Row whose POST made it; null for others'. */
  readonly row: number | null;
}

export interface ModelApi {
  readonly api: Api;
  /** How many actions our POSTs made so far, by row. */
  effects(): ReadonlyMap<number, number>;
}

const TYPE = 'RestrictCodeExecution';
const US = 'cordon app';

export function modelApi(options: ApiOptions, start: number): ModelApi {
  const stored: Stored[] = options.foreign.map((foreign, n) => foreignAction(foreign, n, options, start));
  let [fates, reads, made] = [0, 0, 0];
  const serverTime = (at = Date.now()): Date => new Date(at + options.clockMs);
  const dated = (answer: Answer): Answer =>
    answer.kind === 'response' && options.dates ? { ...answer, date: serverTime().toUTCString() } : answer;

  const openOn = (record: string): Stored | undefined =>
    stored.find(({ machineId, type, at, closedAt }) => machineId === record && type === TYPE && at <= Date.now() && Date.now() < closedAt);

  const effect = (row: number, machine: string, comment: string): Answer => {
    const record = options.merged.includes(row) ? machine.replace(/^0/, 'f') : machine;
    const open = openOn(record);
    if (open && options.duplicates === 'refuse') return apiError(400, 'ActiveRequestAlreadyExists', 'Action is already in progress');
    if (open) return response(200, shown(open, options));
    const share = options.lagShares[made % options.lagShares.length] ?? 0;
    made += 1;
    const action: Stored = {
      id: `a${made}`,
      row,
      type: TYPE,
      status: 'Pending',
      machineId: record,
      requestor: options.namesUs ? US : null,
      requestorComment: comment,
      computerDnsName: null,
      creationDateTimeUtc: serverTime().toISOString().replace('Z', '0000Z'),
      at: Date.now(),
      visibleAt: Date.now() + share * options.lagMs,
      closedAt: Date.now() + options.openForMs,
    };
    stored.push(action);
    return response(201, shown(action, options));
  };

  const fate = async (kind: Fate, act: () => Answer): Promise<Answer> => {
    const lost = { kind: 'lost', reason: 'ECONNRESET' } as const;
    switch (kind) {
      case 'no-connection':
        return { kind: 'no-connection', reason: 'ECONNREFUSED' };
      case 'lost-before':
        return lost;
      case '503-before':
        return response(503, 'busy');
      case '429':
        return response(429, { error: { code: '429', message: 'Maximum calls. You can send requests again in 3 seconds.' } });
      case '404':
        return apiError(404, 'ResourceNotFound', 'Machine was not found');
      case 'html-400':
        return response(400, '<html>');
      case 'late':
        setTimeout(act, LATE_MS);
        return lost;
      case 'ok':
        return act();
      case 'lost-after':
        act();
        return lost;
      case '503-after':
        act();
        return response(503, 'busy');
      case 'unreadable-after':
        act();
        return response(201, '<html>');
      default:
        return kind satisfies never;
    }
  };

  return {
    effects: () => {
      const effects = new Map<number, number>();
      for (const { row } of stored) if (row !== null) effects.set(row, (effects.get(row) ?? 0) + 1);
      return effects;
    },
    api: {
      post: async (_bearer, path, body) => {
        await sleep(options.latencyMs);
        const machine = path.split('/')[1] ?? '';
        const row = Number.parseInt(machine, 16);
        const comment = 'Comment' in body ? String(body.Comment) : '';
        const kind = options.fates[fates++] ?? 'ok';
        const answer = await fate(kind, () => effect(row, machine, comment));
        const end = dated(answer);
        await sleep(options.latencyMs);
        return end;
      },
      get: async (_bearer, path) => {
        await sleep(options.latencyMs);
        const answer = dated(list(path));
        await sleep(options.latencyMs);
        return answer;
      },
    },
  };

  function list(path: string): Answer {
    reads += 1;
    if (options.reads === 'forbidden') return apiError(403, 'Forbidden', 'no');
    if (options.reads === 'unauthorized') return apiError(401, 'Unauthorized', 'Account mode is inactive');
    if (options.reads === 'out' || (options.reads === 'fails at first' && reads < 6)) return { kind: 'lost', reason: 'ETIMEDOUT' };
    const query = new URLSearchParams(path.split('?')[1]);
    const filter = query.get('$filter');
    if (filter !== null && options.filter === 'refused') return apiError(400, '', 'The query specified in the URI is not valid.');
    if (filter !== null && options.filter === 'too long') return response(414, '<html>');
    const since = options.filter === 'honoured' ? (/creationDateTimeUtc ge (\S+)/.exec(filter ?? '')?.[1] ?? '') : '';
    const onlyOpen = options.filter === 'honoured' && (filter?.includes('Pending') ?? false);
    const there = stored
      .filter(({ at, visibleAt }) => at <= Date.now() && visibleAt <= Date.now())
      .filter(({ creationDateTimeUtc }) => (creationDateTimeUtc ?? '') >= since)
      .filter(({ closedAt }) => !onlyOpen || Date.now() < closedAt)
      .toSorted((a, b) => (options.order === 'asc' ? a.at - b.at : b.at - a.at));
    const size = Math.min(options.pageSize, Number(query.get('$top')));
    const skip = skipped(Number(query.get('$skip')), size);
    return response(200, { value: there.slice(skip, skip + size).map((action) => shown(action, options)) });
  }

  function skipped(asked: number, size: number): number {
    if (options.skip === 'ignored') return 0;
    if (options.skip === 'overlaps') return Math.max(0, asked - 1);
    if (options.skip === 'repeats' && reads % 3 === 0) return Math.max(0, asked - size);
    return asked;
  }
}

/** The effect of a POST whose answer was lost comes so long after. */
const LATE_MS = 3000;

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

/** An action as the server gives it out: whose comment it is makes no difference to what it does to comments. */
function shown(stored: Stored, { tag }: ApiOptions): MachineAction {
  const { id, type, machineId, requestor, requestorComment, computerDnsName, creationDateTimeUtc } = stored;
  const status = Date.now() < stored.closedAt ? stored.status : 'Succeeded';
  return { id, type, status, machineId, requestor, computerDnsName, creationDateTimeUtc, requestorComment: kept(requestorComment, tag) };
}

function kept(comment: string | null, tag: TagHandling): string | null {
  if (comment === null) return null;
  switch (tag) {
    case 'kept':
      return comment;
    case 'punctuation':
      return comment.replaceAll(/[[\]]/g, ' ');
    case 'dropped':
      return comment.replace(/^\[.*?\] /, '');
    case 'hidden':
      return null;
    default:
      return tag satisfies never;
  }
}

function foreignAction({ row, atS, by, comment, sameType, openForS }: Foreign, n: number, options: ApiOptions, start: number): Stored {
  const at = start + atS * 1000;
  const comments = {
    'by hand': 'by hand',
    'quotes our tag': 'see [cordon r-20261123-101530-k3f9] INC-7',
    'another run': '[cordon r-20261122-090000-aaaa] INC-6',
    none: null,
  };
  return {
    id: `f${n}`,
    row: null,
    type: sameType ? TYPE : 'RunAntiVirusScan',
    status: 'Pending',
    machineId: row.toString(16).padStart(40, '0'),
    requestor: { analyst: 'ana@contoso.com', us: US, nobody: null }[by],
    requestorComment: comments[comment],
    computerDnsName: null,
    creationDateTimeUtc: new Date(at + options.clockMs).toISOString(),
    at,
    visibleAt: at,
    closedAt: at + openForS * 1000,
  };
}
