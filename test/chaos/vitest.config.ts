import { defineConfig, mergeConfig } from 'vitest/config'
import usual from '../../vitest.config.ts'

// `npm run chaos`: the long form of these tests. CHAOS_SEED repeats one of its runs.
export default mergeConfig(
  usual,
  defineConfig({
    test: {
      root: new URL('../..', import.meta.url).pathname,
      env: { CHAOS: 'long' },
      fileParallelism: false,
    },
  }),
)
