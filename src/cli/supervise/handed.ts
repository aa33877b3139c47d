import { once } from 'node:events'
import type { Address } from '../../app/define-app.ts'
import type { AppPlace } from '../../app/open-app.ts'
import { UsageError } from '../../app/usage-error.ts'

/** The option of a process that gets its config from its supervisor: neither arguments nor files have its secrets. */
export const takesHanded = '--handed'

/** What a supervisor tells a process about its app. */
export interface Handed {
  /** The config, with what it refers to; without it the defaults are meant. */
  readonly config?: object | undefined
  /** The folder that relative paths in it are meant from. */
  readonly folder: string
  readonly serve?: Address | undefined
  /** The database that is used instead of the app's own: its URL may have a password. */
  readonly db?: string | undefined
  /** The file of the `up` that has started it. */
  readonly up?: string | undefined
}

/** What this process's supervisor says about its app. */
export async function handedPlace(): Promise<Pick<AppPlace, 'given' | 'serve' | 'db'> & Pick<Handed, 'up'>> {
  if (!process.connected)
    throw new UsageError(`${takesHanded} is for processes that \`pipewright up\` has started.`)
  const [{ config, folder, serve, db, up }] = (await once(process, 'message')) as [Handed]
  return {
    // Its supervisor has checked it, and knows the lines.
    given: { value: config ?? {}, folder, at: () => 'the config' },
    serve,
    db,
    up,
  }
}
