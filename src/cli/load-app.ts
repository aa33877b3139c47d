import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { App } from './define-app.ts'
import { sayError } from './say-error.ts'
import { UsageError } from './usage-error.ts'

const loadable = /\.[cm]?[jt]s$/

/** The app that the module at `path` exports by default. TypeScript is loaded as it is. Throws a sentence if there is none. */
export async function loadApp(path: string): Promise<App> {
  if (!existsSync(path))
    throw new UsageError(`There is no app at ${path}; name a module such as artifacts/books.ts.`)
  if (!loadable.test(path) || !statSync(path).isFile()) {
    throw new UsageError(`${path} is not a module; an app is a .ts, .js or .mjs file.`)
  }
  if (/ts$/.test(path)) await readTypeScript()
  const module = await importModule(path)
  if (isApp(module.default)) return module.default
  throw new Error(`${path} is not an app: its default export must be defineApp({ ... }).`)
}

async function importModule(path: string): Promise<{ readonly default?: unknown }> {
  try {
    return await import(pathToFileURL(resolve(path)).href)
  } catch (error) {
    throw new Error(`${path} could not be loaded: ${sayError(error)}`, { cause: error })
  }
}

let isRegistered = false

/** Makes `import` understand TypeScript, where neither this Node does by itself nor something has seen to it already. */
async function readTypeScript(): Promise<void> {
  const isReadAlready = import.meta.url.endsWith('.ts')
  const { typescript } = process.features as { readonly typescript?: unknown }
  if (isReadAlready || typescript || isRegistered) return
  isRegistered = true
  const { register } = await import('tsx/esm/api')
  // With the paths of a tsconfig an app might get a second copy of this package.
  register({ tsconfig: false })
}

function isApp(value: unknown): value is App {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'app'
}
