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
  const app = await importDefault(path)
  if (isApp(app)) return app
  throw new Error(`${path} is not an app: its default export must be defineApp({ ... }).`)
}

async function importDefault(path: string): Promise<unknown> {
  const url = pathToFileURL(resolve(path)).href
  try {
    const { readTypeScript, defaultOf } = await loader()
    // From its sources this package runs where TypeScript is read already.
    if (!import.meta.url.endsWith('.ts')) await readTypeScript(url)
    return defaultOf(await import(url))
  } catch (error) {
    throw new Error(`${path} could not be loaded: ${sayError(error)}`, { cause: error })
  }
}

interface Loader {
  readonly readTypeScript: (url: string) => Promise<void>
  readonly defaultOf: (module: unknown) => unknown
}

/** Plain JavaScript that tasks in processes of their own need too. */
async function loader(): Promise<Loader> {
  return import(new URL('../run/read-typescript.mjs', import.meta.url).href)
}

function isApp(value: unknown): value is App {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'app'
}
