import { defineConfig } from 'rolldown';

export default defineConfig({
  input: { cli: 'src/cli.ts', index: 'src/index.ts' },
  platform: 'node',
  tsconfig: true,
  transform: { target: 'node22.13' },
  // bottleneck loads its Redis client, which is not used here, by an eval.
  checks: { eval: false },
  output: {
    dir: 'dist',
    format: 'esm',
    cleanDir: true,
    // For the licence notices and whoever looks for a fault; not given away.
    sourcemap: 'hidden',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  },
});
