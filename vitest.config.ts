import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Processes, not threads: tests send signals and load native modules.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
