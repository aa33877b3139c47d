import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { resolve } = createRequire(import.meta.url)
const tsc = join(dirname(resolve('typescript/package.json')), 'bin/tsc')

/** A folder into which this package has just been installed. */
export interface Consumer {
  readonly folder: string
  readonly write: (name: string, text: string) => void
  /** What the compiler says of `files`, strictly, the types of the package included; empty if all is well. */
  readonly compile: (...files: string[]) => string
  readonly remove: () => void
}

/** Installs what this checkout would publish into a folder as `npm init -y` makes it. */
export function makeConsumer(): Consumer {
  const scratch = mkdtempSync(join(tmpdir(), 'pipewright-pack-'))
  const folder = join(scratch, 'app')
  mkdirSync(folder)
  npm(folder, 'init', '-y')
  // Scripts are left out, since better-sqlite3 12 may compile for minutes: what this checkout has built is taken.
  npm(folder, 'install', '--prefer-offline', '--ignore-scripts', tarball(), 'zod')
  // Where Node takes version 13, that brings what it needs.
  const built = 'node_modules/better-sqlite3-12/build/Release/better_sqlite3.node'
  if (existsSync(join(root, built))) cpSync(join(root, built), join(folder, built))
  return {
    folder,
    write: (name, text) => writeFileSync(join(folder, name), text),
    compile: (...files) => compile(folder, files),
    remove: () => rmSync(scratch, { recursive: true, force: true, maxRetries: 10 }),
  }
}

/** The tarball that `npm run package` has made. */
function tarball(): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const path = join(root, `pipewright-${version}.tgz`)
  if (existsSync(path)) return path
  throw new Error(`There is no ${path}: these tests are run by \`npm run package\`, which makes it.`)
}

function npm(cwd: string, ...args: string[]): void {
  execFileSync('npm', args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
}

function compile(folder: string, files: readonly string[]): string {
  const types = join(folder, 'node_modules/@types/node')
  if (!existsSync(types)) cpSync(dirname(resolve('@types/node/package.json')), types, { recursive: true })
  const undici = join(folder, 'node_modules/undici-types')
  if (!existsSync(undici)) cpSync(dirname(resolve('undici-types/package.json')), undici, { recursive: true })
  const options = ['--module', 'nodenext', '--target', 'es2023', '--types', 'node', '--strict', '--noEmit']
  try {
    execFileSync(process.execPath, [tsc, ...options, '--skipLibCheck', 'false', ...files], {
      cwd: folder,
      encoding: 'utf8',
    })
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}
