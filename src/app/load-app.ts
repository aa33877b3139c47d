import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { nameFault } from '../pipeline/workflow-name.ts'
import { defaultOf, importDefault } from '../run/isolated/import-default.mjs'
import { checkDone } from '../run/output/done.ts'
import { checkKeep } from '../run/output/keep.ts'
import { didYouMean } from '../schema/did-you-mean.ts'
import { faultOfCommands } from './app-command.ts'
import type { App } from './define-app.ts'
import { sayError } from './say-error.ts'
import { sayUnloadable } from './say-unloadable.ts'
import { UsageError } from './usage-error.ts'

const loadable = /\.[cm]?[jt]s$/

/** The app that the module at `path` exports by default. TypeScript is loaded as it is. Throws a sentence if there is none. */
export async function loadApp(path: string): Promise<App> {
  if (!existsSync(path))
    throw new UsageError(`There is no app at ${path}; name a module such as artifacts/books.ts.`)
  if (!loadable.test(path) || !statSync(path).isFile()) {
    throw new UsageError(`${path} is not a module; an app is a .ts, .js or .mjs file.`)
  }
  const app = await load(path)
  if (isApp(app)) return checkApp(path, app)
  throw new Error(`${path} is not an app: its default export must be defineApp({ ... }).`)
}

async function load(path: string): Promise<unknown> {
  const url = pathToFileURL(resolve(path)).href
  try {
    // If this package runs from its sources, TypeScript is loaded already.
    return await (import.meta.url.endsWith('.ts') ? defaultOf(await import(url)) : importDefault(url))
  } catch (error) {
    throw new Error(`${path} could not be loaded: ${sayUnloadable(resolve(path), error)}`, { cause: error })
  }
}

/** `app`, if it has what an app must have: not every app uses a compiler. Throws a sentence else. */
function checkApp(path: string, app: App): App {
  const { name, config, open, done, keep, commands = {}, older: _older, kind: _, ...others } = app
  const lacks = (what: string) => new Error(`The app at ${path} has no ${what}; see defineApp.`)
  if (typeof name !== 'string') throw lacks('name')
  const fault = nameFault(name)
  if (fault !== undefined) throw new Error(`The app at ${path}: ${fault}`)
  if (typeof config?.['~standard']?.validate !== 'function') throw lacks('schema in `config`')
  if (typeof open !== 'function') throw lacks('function `open`')
  const other = faultOfOutput({ done, keep }) ?? faultOfCommands(commands)
  if (other !== undefined) throw new Error(`The app at ${path}: ${other}`)
  const [unknown] = Object.keys(others)
  if (unknown === undefined) return app
  const hint = didYouMean(unknown, ['name', 'config', 'open', 'done', 'keep', 'commands', 'older'])
  throw new Error(`The app at ${path} has "${unknown}", which nothing reads.${hint}`)
}

/** What is wrong with what an app says about its finished tokens. */
function faultOfOutput({ done, keep }: Pick<App, 'done' | 'keep'>): string | undefined {
  if (done !== undefined && keep !== undefined)
    return '`done` takes finished tokens off the output, so there is nothing that `keep` could keep: leave one of them out.'
  try {
    if (done !== undefined) checkDone(done)
    if (keep !== undefined && typeof keep !== 'function') checkKeep(keep)
    return undefined
  } catch (error) {
    return sayError(error)
  }
}

function isApp(value: unknown): value is App {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'app'
}
