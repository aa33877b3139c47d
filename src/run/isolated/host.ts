/*
 * Isolated functions run in hosts: processes or threads that run `task-host.mjs`, which loads the module once and
 * then works on one message at a time. The messages, as JSON:
 *
 *   to the host    { kind: 'load', module, config }            once, first
 *                  { kind: 'run', value, id, key, stageKey, attempt, stallMs }
 *                  { kind: 'abort', reason }                   aborts the signal of the run that is under way
 *   from the host  { kind: 'alive' }                            when the work begins and then, where there is a `stallMs`,
 *                                                              again and again while it shows signs of life
 *                  { kind: 'progress', fraction, note }, { kind: 'log', level, message, fields }
 *                  { kind: 'done', result } or { kind: 'failed', error }: then it is idle
 *
 * A host leaves when its channel closes; a process that is too busy to notice kills itself (`orphan-watch.mjs`).
 */
import type { Log } from '../log.ts'
import type { SentError } from './task-error.ts'

/** A message from a host. */
export type Said =
  | { readonly kind: 'alive' }
  | { readonly kind: 'progress'; readonly fraction: number; readonly note?: string }
  | {
      readonly kind: 'log'
      readonly level: keyof Log
      readonly message: string
      readonly fields?: Record<string, unknown>
    }
  | { readonly kind: 'done'; readonly result?: unknown }
  | { readonly kind: 'failed'; readonly error: SentError }

/** A process or a thread that runs a module. Its owner sets `receive` and `ended`. */
export interface Host {
  /** Throws a `TypeError` for what is not JSON. */
  readonly send: (message: object) => void
  readonly kill: () => void
  /** Whether it keeps this process alive, as it should while it works. */
  readonly keepAlive: (busy: boolean) => void
  readonly alive: () => boolean
  receive: (said: Said) => void
  /** Called once, when it has ended, with how: `was killed by SIGKILL`. */
  ended: (how: string) => void
}

/** What a host is started with. */
export interface HostOptions {
  readonly maxMemoryMb: number | undefined
}
