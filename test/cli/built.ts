import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const project = fileURLToPath(new URL('./fixtures', import.meta.url))

/** The CLI and its test apps as plain JavaScript: a process starts in a third of the time that the sources take. */
export interface Built {
  readonly main: string
  readonly letters: string
  readonly documents: string
  readonly renaming: string
  readonly remove: () => void
}

/** Compiles them into a folder of their own, inside of `node_modules` so that they find their packages. */
export function build(): Built {
  const cache = join(root, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'pipewright-cli-'))
  const tsc = createRequire(import.meta.url).resolve('typescript/package.json')
  execFileSync(process.execPath, [join(tsc, '../bin/tsc'), '-p', project, '--outDir', folder])
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'))
  return {
    main: join(folder, 'src/cli/main.js'),
    letters: join(folder, 'test/cli/fixtures/letters.js'),
    documents: join(folder, 'test/cli/fixtures/documents.js'),
    renaming: join(folder, 'test/cli/fixtures/renaming.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
