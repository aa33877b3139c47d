import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const project = fileURLToPath(new URL('.', import.meta.url))

/** The processes of these tests as plain JavaScript: one starts in a third of the time that the sources take. */
export interface Compiled {
  readonly worker: string
  readonly snapshots: string
  readonly push: string
  readonly notes: string
  readonly slowDisk: string
  readonly patient: string
  readonly cli: string
  readonly remove: () => void
}

/** Compiles them into a folder of their own, inside of `node_modules` so that they find their packages. */
export function compile(): Compiled {
  const cache = join(root, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'pipewright-chaos-'))
  const tsc = createRequire(import.meta.url).resolve('typescript/package.json')
  execFileSync(process.execPath, [join(tsc, '../bin/tsc'), '-p', project, '--outDir', folder])
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'))
  return {
    worker: join(folder, 'test/chaos/worker-process.js'),
    snapshots: join(folder, 'test/chaos/snapshot-process.js'),
    push: join(folder, 'test/chaos/system/push-process.js'),
    patient: join(folder, 'test/chaos/patient-app.js'),
    slowDisk: join(folder, 'test/chaos/system/slow-disk-process.js'),
    notes: join(folder, 'test/chaos/system/notes-app.js'),
    cli: join(folder, 'src/cli/main.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
