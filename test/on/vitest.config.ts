import { defineConfig } from 'vitest/config'
import usual from '../../vitest.config.ts'
import { figureTable } from './figures.ts'

const { projects, ...test } = usual.test!
const [, apart] = projects as readonly { readonly test: { readonly include: string[] } }[]

// `npm run alike`: what tests do not ask of SQLite itself, with all queues where PIPEWRIGHT_TEST_ON says.
export default defineConfig({
  ...usual,
  test: {
    ...test,
    include: [
      'test/{app,page,pipeline,queue,run,schema,serve,simulate,testing,workflows}/**/*.test.ts',
      'test/chaos/{decide-race,fuzz-api,fuzz-backend,kills,odd-tokens,poison}.test.ts',
    ],
    exclude: apart!.test.include,
    isolate: false,
    setupFiles: ['test/on/setup.ts'],
    reporters: ['default', figureTable()],
    // A database behind a socket takes its time, the more so on a machine that has more to do.
    expect: { poll: { timeout: 30_000 } },
    testTimeout: 240_000,
    hookTimeout: 60_000,
  },
})
