import { afterAll, beforeAll, describe } from 'vitest';
import { openPostgres } from '../../src/state/postgres/index.ts';
import { describeState } from '../contracts/state.ts';
import { BIN, startPostgres, type TestServer } from '../support/postgres.ts';
import { ServerClock } from '../support/server-clock.ts';

describe.skipIf(BIN === undefined)('on a PostgreSQL server', () => {
  let server: TestServer;
  let made = 0;
  beforeAll(async () => void (server = await startPostgres()), 60_000);
  afterAll(() => server.close());

  describeState('PostgreSQL', () => {
    made += 1;
    const schema = `contract_${made}`;
    const clock = new ServerClock(server, schema);
    return {
      open: async () => {
        const state = await openPostgres(`${server.url}?schema=${schema}`, { emulated: false, env: server.env, localNow: () => clock.now });
        await clock.install();
        return clock.follow(state);
      },
      cleanUp: () => {},
    };
  });
});
