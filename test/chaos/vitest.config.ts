import { defineConfig } from 'vitest/config'
import usual from '../../vitest.config.ts'

// `npm run chaos`: the long form of these tests. CHAOS_SEED repeats one of its runs.
export default defineConfig({
  ...usual,
  test: {
    ...usual.test,
    include: ['test/chaos/*.test.ts'],
    env: { CHAOS: 'long' },
    fileParallelism: false,
  },
})
