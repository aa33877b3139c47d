import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { long } from './test/long/list.ts'
import { LongestFirst } from './test/longest-first.ts'

// `workflows/` and `artifacts/` import the package by its name, as a user would; tests run them on the sources.
const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))
const resolve = {
  alias: [
    { find: /^pipewright$/, replacement: source('index.ts') },
    { find: /^pipewright\/(memory|http)$/, replacement: source('backends/$1.ts') },
    { find: /^pipewright\/(sqlite|postgres)$/, replacement: source('backends/$1/index.ts') },
    { find: /^pipewright\/backend$/, replacement: source('queue/contract.ts') },
    { find: /^pipewright\/(serve|simulate|testing)$/, replacement: source('$1/index.ts') },
  ],
}
// A process with a full heap, and a machine that others share, may stand still for long.
const timeouts = { testTimeout: 60_000, hookTimeout: 60_000 }

// To load the modules for each file would take a quarter of the time of all tests, so these share them. The others mock
// one, need their process for themselves, or look at what is there once in a process.
const together = ['test/**/*.test.ts']
const apart = ['test/run/{isolated,trace/load-tracing}.test.ts', 'test/serve/bearer.test.ts']
// The first need tools of the system: `npm run system`; the second the package: `npm run package`.
const elsewhere = ['test/chaos/system/**', 'test/pack/**']

export default defineConfig({
  resolve,
  test: {
    ...timeouts,
    globalSetup: ['test/build.ts', 'test/postgres/shared.ts', 'test/memory-disk.ts'],
    // One more than the smallest machine has cores: many tests wait for processes, not for a core.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve,
        test: {
          ...timeouts,
          name: 'together',
          include: together,
          exclude: [...apart, ...elsewhere, ...long],
          isolate: false,
        },
      },
      {
        resolve,
        test: {
          ...timeouts,
          name: 'apart',
          include: apart,
        },
      },
    ],
  },
})
