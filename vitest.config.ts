import { defineConfig } from 'vitest/config';

const SERVER = ['test/fleet/**/*.test.ts', 'test/state/postgres*.test.ts', 'test/state/copy.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/chaos/**', 'test/package/**', ...SERVER],
          testTimeout: 20_000,
          // Many wait for sockets and processes: on two cores, one worker (the default) takes more than twice as long.
          maxWorkers: 4,
        },
      },
      // They start a PostgreSQL of their own.
      { test: { name: 'server', include: SERVER, testTimeout: 60_000, hookTimeout: 60_000 } },
      // The e2e tests start real processes: given long limits, and run after one another so that they measure themselves only.
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/chaos/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      // What `npm run package` made, as its users get it: installed in an empty folder, on every Node that is promised.
      {
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          globalSetup: 'test/package/setup.ts',
          testTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
