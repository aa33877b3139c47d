import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// `workflows/` and `artifacts/` import the package by its name, as a user would; tests run them on the sources.
const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^pipewright$/, replacement: source('index.ts') },
      { find: /^pipewright\/(memory|http)$/, replacement: source('backends/$1.ts') },
      { find: /^pipewright\/sqlite$/, replacement: source('backends/sqlite/index.ts') },
      { find: /^pipewright\/(serve|testing)$/, replacement: source('$1/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // These need tools of the system: `npm run chaos`.
    exclude: ['test/chaos/system/**'],
    globalSetup: 'test/build.ts',
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // One for each core of the smallest machine; the default leaves one of two cores to nobody.
    maxWorkers: 2,
  },
})
