import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Json } from '../../schema/json.ts'
import { keysOf, refuseUnread } from '../../schema/refuse-unread.ts'
import type { IsolatedWork } from './isolated-work.ts'
import { makeTaskPool } from './task-pool.ts'

/** What an isolated function gets beside the value. */
export interface IsolatedContext<Config extends Json = Json> extends IsolatedWork {
  /** What `isolated` was given for it. */
  readonly config: Config
}

/** How an isolated function runs. */
export interface Isolation {
  /** A process can be killed at any moment and takes all its memory with it; a thread starts sooner. */
  readonly in: 'process' | 'thread'
  /** Reaches the function as `ctx.config`; it travels as a message, never on a command line or in the environment. */
  readonly config?: Json
  /** The most that the function may have on its JavaScript heap, in MiB, from 16; Node's own limit by default. */
  readonly maxMemoryMb?: number
  /** Milliseconds, from 0, that an idle process or thread is kept for the next message; 30,000 by default, `Infinity` for ever. */
  readonly idleMs?: number
  /** Milliseconds, from 0, that the function has to end by its own signal before it is killed; 1,000 by default, `Infinity` for ever. */
  readonly stopMs?: number
  /**
   * Milliseconds, from 100 to a day, that the function may show no sign of life before it is killed: it reports no progress, waits
   * for no file and computes nothing; by default for ever. Computing without a turn of its event loop counts for as
   * long, with turns and without progress for three times as long.
   */
  readonly stallMs?: number
}

const isolationKeys = keysOf<Isolation>({
  in: true,
  config: true,
  maxMemoryMb: true,
  idleMs: true,
  stopMs: true,
  stallMs: true,
})

const dayMs = 24 * 3_600_000

interface TaskModule {
  readonly default: (value: any, ctx: any) => unknown
}

type ValueOf<M extends TaskModule> = Parameters<M['default']>[0]
type ResultOf<M extends TaskModule> = Awaited<ReturnType<M['default']>>

/**
 * The default export of the module at `url`, run in a process or thread of its own, for `process` of a worker:
 * `isolated<typeof import('./decrypt.task.ts')>(new URL('./decrypt.task.ts', import.meta.url), { in: 'process' })`.
 * Value and result travel as JSON. When the attempt's signal aborts, the function's own signal does, and after
 * `stopMs` it is killed. A process or thread that dies rejects with an error of the kind `crash`, one that is killed
 * after `stallMs` with one of the kind `timeout` and the code `stalled`. Throws a
 * `TypeError` if there is no such file; where only the compiled `.js` of a `.ts` is there, that is run.
 */
export function isolated<M extends TaskModule>(
  url: URL,
  isolation: Isolation,
): (value: ValueOf<M>, ctx: IsolatedWork) => Promise<ResultOf<M>> {
  refuseUnread('isolated() is given', isolation, isolationKeys)
  const { config, in: where, maxMemoryMb, idleMs = 30_000, stopMs = 1000, stallMs } = isolation
  if (maxMemoryMb !== undefined && !(Number.isInteger(maxMemoryMb) && maxMemoryMb >= 16)) {
    throw new RangeError(`maxMemoryMb is ${maxMemoryMb}; it is a whole number of MiB from 16.`)
  }
  checkMs('idleMs', idleMs)
  checkMs('stopMs', stopMs)
  if (stallMs !== undefined && !(stallMs >= 100 && stallMs <= dayMs)) {
    throw new RangeError(`stallMs is ${stallMs}; it is a number of milliseconds from 100 to ${dayMs}, a day.`)
  }
  const pool = makeTaskPool({ module: moduleAt(url), where, config, maxMemoryMb, idleMs, stopMs, stallMs })
  return (value, ctx) => pool.run(value, ctx) as Promise<ResultOf<M>>
}

function checkMs(name: string, ms: number): void {
  if (!(ms >= 0)) throw new RangeError(`${name} is ${ms}; it is a number of milliseconds from 0.`)
}

function moduleAt(url: URL): string {
  if (url.protocol !== 'file:') {
    throw new TypeError(
      `isolated() runs a module from a file, not ${url.protocol}: write new URL('./name.task.ts', import.meta.url).`,
    )
  }
  const compiled = url.href.replace(/\.([cm]?)ts$/, '.$1js')
  const found = [url.href, compiled].find((href) => existsSync(fileURLToPath(href)))
  if (found) return found
  throw new TypeError(`isolated() found no module at ${fileURLToPath(url)}.`)
}
