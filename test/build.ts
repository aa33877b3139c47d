import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { bundle } from './bundle.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const config = fileURLToPath(new URL('./built.tsconfig.json', import.meta.url))
const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc')

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the build. */
    built: string
  }
}

/**
 * What tests run in processes of their own, as plain JavaScript: one starts in a third of the time that the sources
 * take. Each run of the tests makes its own build, from the sources as they are.
 */
export interface Build {
  readonly folder: string
  /** The JavaScript of a file of TypeScript, named by its path in this repository. */
  readonly at: (path: string) => string
  readonly remove: () => void
}

/** Compiles the sources, the workflows, their apps, and the processes of tests. */
export async function build(): Promise<Build> {
  // Inside of `node_modules`, so that they find their packages.
  const cache = join(root, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'pipewright-built-'))
  compileInto(folder)
  cpSync(join(root, 'workflows'), join(folder, 'workflows'), {
    recursive: true,
    filter: (path) => !path.endsWith('.ts'),
  })
  // Those that import the package by its name get the sources beside them.
  const text = readFileSync(join(root, 'package.json'), 'utf8')
  writeFileSync(join(folder, 'package.json'), text.replaceAll('./dist/', './src/'))
  await bundle(folder)
  return {
    folder,
    at: (path) => builtAt(folder, path),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The JavaScript of the file of TypeScript at `path` in the build in `folder`. Throws if it is not a part of it. */
export function builtAt(folder: string, path: string): string {
  const file = join(folder, path.replace(/\.ts$/, '.js'))
  if (!existsSync(file)) throw new Error(`${path} is not compiled: ${config} does not include it.`)
  return file
}

/** Vitest's `globalSetup`. */
export default async function setUp(project: TestProject): Promise<() => void> {
  const { folder, remove } = await build()
  project.provide('built', folder)
  project.onTestsRerun(async () => {
    compileInto(folder)
    await bundle(folder)
  })
  return remove
}

function compileInto(folder: string): void {
  execFileSync(process.execPath, [tsc, '-p', config, '--outDir', folder])
}
