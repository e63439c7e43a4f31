import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Worker threads run what is built, also when the rest is run from its sources.
    globalSetup: ['scripts/ensure-built.mjs'],
    // Processes, not threads: tests send signals and load native modules.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
