import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Two cores is what CI has, and end-to-end tests wait for other processes much of their time.
    maxWorkers: 3,
    reporters: ['default', './test/skip-report.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/kube/server/**'],
          // A deadline for what hangs, not a measure of speed: other work may share the machine.
          testTimeout: 60_000,
          setupFiles: ['test/property-seed.ts'],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/kube/server/**/*.test.ts'],
          globalSetup: ['test/control-plane/setup.ts'],
          setupFiles: ['test/property-seed.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
