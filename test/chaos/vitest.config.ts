import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import usual from '../../vitest.config.ts'
import { figureTable } from './figure-table.ts'

const figures = join(tmpdir(), `pipewright-figures-${process.pid}`)

const { projects: _, globalSetup, ...test } = usual.test!

// `npm run chaos`: the long form of these tests and of four others, and in `system/` those that need tools of the system, which
// `npm run system` runs alone. CHAOS_SEED repeats one of its runs.
export default defineConfig({
  ...usual,
  test: {
    ...test,
    // Files are on the disk: these also ask what a disk does, and write more than memory has room for.
    globalSetup: [globalSetup!].flat().filter((path) => path !== 'test/memory-disk.ts'),
    include: [
      'test/chaos/**/*.test.ts',
      'test/backends/{http,model}.test.ts',
      'test/workflows/invoices/{crash,simulation}.test.ts',
    ],
    exclude: [],
    env: { CHAOS: 'long', CHAOS_FIGURES: figures },
    reporters: ['default', figureTable(figures)],
    fileParallelism: false,
  },
})
