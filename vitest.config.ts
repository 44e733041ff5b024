import { configDefaults, defineConfig } from 'vitest/config'

/** Suites that start many stacks, run thousands of schedules or bundle everything: `npm run test:slow`, and CI. */
const SLOW = ['test/**/*.slow.test.ts']

/** Suites that drive a real Chromium: `npm run test:browser`, and CI. */
const BROWSER = ['test/browser/**/*.browser.test.ts']

export default defineConfig({
  test: {
    // Two workers: suites that start processes share the machine with their emulators.
    maxWorkers: 2,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', NO_COLOR: '1' },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...SLOW, ...BROWSER],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: { name: 'slow', include: SLOW, testTimeout: 120_000, hookTimeout: 120_000 },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: BROWSER,
          globalSetup: ['test/browser/unpack.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
