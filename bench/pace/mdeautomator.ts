/**
 * The batching of MDEAutomator (32a2c6e: MDEDispatcher/run.ps1, MDEAutomator.psm1), as its source tells it: ten workers;
 * POST with up to five retries on a 429, 20 s doubling, or what Retry-After says; 5 s; then the action's status each 15 s for up to
 * 11 minutes, any error of which is "Failed"; an answer without an action is "Success" with nothing behind it; one token,
 * which nobody renews, for all.
 */
import type { HttpResult } from '../../src/http/transport.ts';

const WORKERS = 10;
const RETRIES = 5;
const TOKEN_MS = 75 * 60_000;
const POLL_MS = 15_000;
const POLL_FOR_MS = 11 * 60_000;

export interface Http {
  post(row: number): Promise<HttpResult>;
  get(actionId: string): Promise<HttpResult>;
}

/** What it reports of each row; true is success. */
export async function mdeautomator(calls: number, http: Http): Promise<boolean[]> {
  const done: boolean[] = [];
  const tokenUntil = performance.now() + TOKEN_MS;
  const rows = Array.from({ length: calls }, (_, row) => row).values();
  const work = async (): Promise<void> => {
    for (const row of rows) done[row] = await one(row, http, tokenUntil);
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return done;
}

async function one(row: number, http: Http, tokenUntil: number): Promise<boolean> {
  if (performance.now() > tokenUntil) return true;
  const action = await posted(row, http);
  if (action === undefined) return true;
  await sleep(5000);
  for (const until = performance.now() + POLL_FOR_MS; performance.now() < until; await sleep(POLL_MS)) {
    const status = bodyOf(await http.get(action))?.status;
    if (status === undefined) return false;
    if (status === 'Succeeded') return true;
    if (status !== 'Pending' && status !== 'InProgress') return false;
  }
  return false;
}

async function posted(row: number, http: Http): Promise<string | undefined> {
  for (let [tries, delay] = [0, 20_000]; tries <= RETRIES; tries += 1, delay *= 2) {
    const result = await http.post(row);
    if (result.kind === 'response' && result.status < 400) return bodyOf(result)?.id;
    const isWorthIt = result.kind !== 'response' || result.status === 429 || result.status >= 500;
    if (!isWorthIt) return undefined;
    const told = result.kind === 'response' ? Number(result.headers['retry-after']) * 1000 : Number.NaN;
    await sleep(Math.min(600_000, told > 0 ? told : delay));
  }
  return undefined;
}

function bodyOf(result: HttpResult): { id?: string; status?: string } | undefined {
  return result.kind === 'response' && result.status < 400 ? JSON.parse(result.body) : undefined;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
