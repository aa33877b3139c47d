import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// `workflows/` and `artifacts/` import the package by its name, as a user would; tests run them on the sources.
const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))
const resolve = {
  alias: [
    { find: /^pipewright$/, replacement: source('index.ts') },
    { find: /^pipewright\/(memory|http)$/, replacement: source('backends/$1.ts') },
    { find: /^pipewright\/sqlite$/, replacement: source('backends/sqlite/index.ts') },
    { find: /^pipewright\/backend$/, replacement: source('queue/contract.ts') },
    { find: /^pipewright\/(serve|simulate|testing)$/, replacement: source('$1/index.ts') },
  ],
}
const timeouts = { testTimeout: 20_000, hookTimeout: 20_000 }

// To load the modules for each file takes a fifth of the time of all tests, so these share them. The others mock one,
// need their process for themselves, or look at what is there once in a process.
const together = ['test/{backends,schema,queue,pipeline,run,serve,simulate,testing,workflows}/**/*.test.ts']
const apart = [
  'test/backends/{http,model}.test.ts',
  'test/run/{isolated,trace/load-tracing}.test.ts',
  'test/serve/bearer.test.ts',
  'test/workflows/**/{crash,processes,simulation}.test.ts',
]
// These need tools of the system: `npm run chaos`. Those of `test/pack` need the package: `npm run package`.
const system = 'test/chaos/system/**'

export default defineConfig({
  resolve,
  test: {
    ...timeouts,
    globalSetup: 'test/build.ts',
    // One more than the smallest machine has cores: many tests wait for processes, not for a core.
    maxWorkers: 3,
    projects: [
      { resolve, test: { ...timeouts, name: 'together', include: together, exclude: apart, isolate: false } },
      {
        resolve,
        test: {
          ...timeouts,
          name: 'apart',
          include: [...apart, 'test/*.test.ts', 'test/{chaos,cli,readme,types}/**/*.test.ts'],
          exclude: [system],
        },
      },
    ],
  },
})
