import { join } from 'node:path';
import { onTestFinished, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/core/exit.ts';
import { Secrets } from '../../src/core/secrets.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { startEmulator } from '../../src/emulator/server.ts';
import { briefingOfAll } from '../../src/run/campaign/decide.ts';
import { resumeCampaign } from '../../src/run/campaign/resume.ts';
import { startCampaign, type CampaignEnding, type Followed } from '../../src/run/campaign/start.ts';
import type { Confirm } from '../../src/run/confirm.ts';
import { StopRequest } from '../../src/run/stop.ts';
import { settingsFrom, type Said } from '../../src/settings/settings.ts';
import { machineId } from '../support/builders.ts';
import { scratch } from '../support/cli.ts';

const TENANTS = ['00000000-0000-4000-b000-000000000001', '00000000-0000-4000-b000-000000000002'];

/** A list over two tenants, with so many machines in each, and an emulator that both sign in to. */
async function aScene(machines: number) {
  const emulator = await startEmulator({ alsoTenants: TENANTS, latencyMs: [5, 20], actionMs: [0, 0] });
  const folder = scratch();
  onTestFinished(async () => {
    await emulator.close();
    folder[Symbol.dispose]();
  });
  const lines = TENANTS.flatMap((tenant, t) => Array.from({ length: machines }, (_, i) => `${machineId(100 * t + i + 1)},${tenant}`));
  const list = folder.file('list.csv', ['machineId,customer', ...lines].join('\n'));
  const ignore = (): void => {};
  const env = {
    AZURE_AUTHORITY_HOST: emulator.url,
    AZURE_CLIENT_ID: '00000000-0000-4000-a000-00000000e002',
    AZURE_CLIENT_SECRET: 'emulated-secret',
    CORDON_API_URL: emulator.url,
    CORDON_STATE: join(folder.path, 'state.db'),
    CORDON_REPORT: join(folder.path, 'out'),
  };
  const tools = { env, log: { debug: ignore, info: ignore, warn: ignore, error: ignore }, secrets: new Secrets(), listener: ignore };
  const stopping = new AbortController();
  const start = (flags: Said, confirm: Confirm, onEvent: (event: RunEvent) => void = ignore): Promise<CampaignEnding> => {
    const settings = settingsFrom({ flags: { comment: ['INC-7'], tenantColumn: ['customer'], ...flags }, env });
    const follow = (): Followed => ({ listener: onEvent, close: async () => undefined });
    return startCampaign({ jobName: 'restrict', lists: [list], settings, confirm, follow }, { ...tools, signal: stopping.signal });
  };
  const resume = (campaign: string): Promise<CampaignEnding> =>
    resumeCampaign(
      { campaign, settings: settingsFrom({ flags: {}, env }), follow: () => ({ listener: ignore, close: async () => undefined }) },
      tools,
    );
  return { emulator, start, resume, stopping };
}

const never: Confirm = async () => {
  throw new Error('nobody is to be asked');
};

describe('a campaign', () => {
  it('that was stopped is gone on with by its name: every machine once', async () => {
    const { emulator, start, resume, stopping } = await aScene(40);
    const stopped = await start({ yes: ['true'], concurrency: ['2'] }, never, ({ kind }) => {
      if (kind === 'settled') stopping.abort(new StopRequest(EXIT.sigint, 'enough'));
    });
    expect(stopped.summary).toMatchObject({ exitCode: EXIT.sigint, unfinished: [expect.any(String), expect.any(String)] });
    const resumed = await resume(stopped.campaign);
    expect(resumed.summary).toMatchObject({ exitCode: EXIT.ok, outcomes: { created: 80 }, unfinished: [] });
    const asked = emulator.actions().map((action) => action.machineId);
    expect([asked.length, new Set(asked).size]).toEqual([80, 80]);
    expect(resumed.files.map((file) => file.split('/').slice(-2))).toEqual([
      ['out', 'campaign.csv'],
      ['out', 'campaign.json'],
    ]);
  });

  it('asks one question about all tenants, and begins in none before it is answered', async () => {
    const { emulator, start } = await aScene(2);
    const asked: unknown[] = [];
    const no: Confirm = async ({ machines, toType, tenant, asked: guards }) => {
      asked.push([machines, toType, tenant, guards, emulator.actions().length]);
      return { yes: false, why: 'not confirmed' };
    };
    await expect(start({}, no)).rejects.toThrow('not confirmed');
    expect(asked).toEqual([[4, '4', expect.stringMatching(/^2 tenants: 0.*1 \(2\), 0.*2 \(2\)$/), [], 0]]);
    expect(emulator.actions()).toEqual([]);
    const yes: Confirm = async () => ({ yes: true });
    expect((await start({}, yes)).summary).toMatchObject({ exitCode: EXIT.ok, outcomes: { created: 4 } });
  });

  it('has nothing to confirm where no tenant has a machine to be called', () => {
    expect(() => briefingOfAll([], [])).toThrow('nothing to confirm');
  });
});
