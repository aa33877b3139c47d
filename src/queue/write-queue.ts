import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import { andThen, type MaybePromise } from '../schema/schema.ts'
import type { Backend, Receipt } from './backend.ts'
import type { Change, Enter, Push, Put } from './change.ts'
import { checkReason } from './check-reason.ts'
import { aText, textPattern } from './check-text.ts'
import { isDelay, sayDelay } from './delay.ts'
import { InvalidError } from './errors.ts'
import { checkPerson } from './person.ts'
import type { Plan } from './plan.ts'
import type { Token } from './token.ts'
import { checkId } from './token-id.ts'

/** Options for a token that enters. */
export interface PushOptions {
  /** What to do with an id that is known already; by default 'refuse' (a `ConflictError`). */
  readonly enter?: Enter
  /** A whole number; smaller is sooner, 0 by default. */
  readonly priority?: number
  /** Milliseconds until it may be leased, a century at most; 0 by default. */
  readonly delayMs?: number
  /** Who pushes, for the history. Give it with `enter: 'replace'`, which may take a token from a person's desk. */
  readonly by?: string
  /** Why, for the history, 1 to 1,000 characters; with `enter: 'replace'` also for the line of the token that is taken out. */
  readonly reason?: string
  /**
   * The trace that the token belongs to (https://www.w3.org/TR/trace-context/), such as that of a request's header; by default
   * that of the span which is active.
   */
  readonly traceparent?: string
}

/** Options of a push that stands alone. */
export interface EntryOptions extends PushOptions {
  /**
   * A transaction of your own in the database of the queues: the token enters if, and only if, that is committed. For SQLite it is the
   * connection of better-sqlite3 (of `betterSqlite3()`) that is in one: then the push is done when the call returns, and what refuses it
   * is thrown there, so that `db.transaction(...)` rolls back. For Postgres it is a client of `pg` after BEGIN, or a transaction of Drizzle,
   * Kysely or Prisma, of READ COMMITTED: await the push, and keep the transaction short, since it holds locks until it ends.
   */
  readonly in?: object | undefined
  /**
   * Of the pushes with this `key` (1 to 480 characters) only one happens within `forMs` milliseconds (a century at most), whatever
   * their ids: for callers that try again when an answer was lost, or hear of the same event twice.
   */
  readonly once?: { readonly key: string; readonly forMs: number }
}

/** What a push has done. */
export interface Pushed {
  /** False if the id was known and is ignored, or if a push with the key of `once` had happened before. */
  readonly entered: boolean
}

/** Where tokens enter. */
export interface WriteQueue<in T> {
  /** Lets a token enter. Rejects with `ConflictError`, `InvalidError` or `UnroutableError`; then nothing has changed. */
  readonly push: (id: string, value: T, options?: EntryOptions) => Promise<Pushed>
  /** What a push of `value` as `token` would change. Reads nothing. */
  readonly plan: Plan<T>
}

/** For whom a write queue pushes. */
export interface Pusher {
  readonly workflow: string
  readonly deploy: number
  /** The trace that is active, if traces are kept. */
  readonly trace?: (() => string | undefined) | undefined
}

/** A write queue into `backend`, for tokens from outside. */
export function writeQueue<T>(
  backend: Backend,
  plan: Plan<T>,
  { workflow, deploy, trace }: Pusher,
): WriteQueue<T> {
  return {
    // Deploys are numbered per workflow; a token of another workflow gets the number of this one.
    plan: (token, value) => plan({ ...token, deploy }, value),
    push(id, value, options = {}) {
      const transaction = options?.in
      if (transaction === undefined) return entering(id, value, options)
      return pushIn(backend, transaction, entryOf(id, value, options))
    },
  }

  async function entering(id: string, value: T, options: EntryOptions): Promise<Pushed> {
    return pushed(await backend.commit(await entryOf(id, value, options)))
  }

  function entryOf(
    id: string,
    value: T,
    { once, in: _, ...options }: EntryOptions,
  ): MaybePromise<readonly Change[]> {
    const traceparent = options.traceparent ?? trace?.()
    const traced = traceparent === undefined ? options : { ...options, traceparent }
    const entry = entryAtOnce(plan, { id, value, deploy }, traced)
    return once ? andThen(entry, (changes) => [onceOnly(workflow, id, once), ...changes]) : entry
  }
}

// Not an async function: in a transaction of a synchronous library what is refused has to be thrown, else it would be committed.
function pushIn(
  backend: Backend,
  transaction: object,
  entry: MaybePromise<readonly Change[]>,
): Promise<Pushed> {
  if (!backend.commitIn)
    throw new InvalidError('This backend shares no transaction with its callers; push without `in`.')
  const receipt = backend.commitIn(transaction, entry)
  return Promise.resolve(andThen(receipt, pushed))
}

function pushed({ repeated, skipped }: Receipt): Pushed {
  return { entered: !repeated && skipped.length === 0 }
}

// With `once/` before it, it is the key of a record.
const maxOnceKey = 480
const onceKeyPattern = textPattern(maxOnceKey)
const onceKeys = keysOf<NonNullable<EntryOptions['once']>>({ key: true, forMs: true })

function onceOnly(workflow: string, id: string, once: NonNullable<EntryOptions['once']>): Put {
  const what = `the push of token "${id}"`
  refuseUnread(`\`once\` of ${what} has`, once, onceKeys)
  if (typeof once.key !== 'string' || !onceKeyPattern.test(once.key))
    throw new InvalidError(
      `\`once.key\` of ${what} is ${JSON.stringify(once.key)?.slice(0, 100)}; it is ${aText(maxOnceKey)}.`,
      { id },
    )
  if (!isDelay(once.forMs) || once.forMs === 0)
    throw new RangeError(`\`once.forMs\` of ${what} ${sayDelay(once.forMs)}, and not 0.`)
  return { kind: 'put', workflow, key: `once/${once.key}`, forMs: once.forMs, repeat: true }
}

const pushKeys = keysOf<PushOptions>({
  enter: true,
  priority: true,
  delayMs: true,
  by: true,
  reason: true,
  traceparent: true,
})

interface Entrant<T> {
  readonly id: string
  readonly value: T
  readonly deploy: number
  readonly parent?: string
}

/** The changes by which a new token enters through `plan`. */
export async function planEntry<T>(
  plan: Plan<T>,
  entrant: Entrant<T>,
  options: PushOptions,
): Promise<readonly Change[]> {
  return entryAtOnce(plan, entrant, options)
}

// At once, if its plan is there at once.
function entryAtOnce<T>(
  plan: Plan<T>,
  { id, value, deploy, parent }: Entrant<T>,
  options: PushOptions,
): MaybePromise<readonly Change[]> {
  refuseUnread(`The push of token "${id}" has`, options, pushKeys)
  const { enter = 'refuse', priority = 0, delayMs, by, reason, traceparent } = options
  checkId(id)
  if (!Number.isSafeInteger(priority))
    throw new RangeError(`The priority of token "${id}" is ${priority}; it is a whole number.`)
  if (delayMs !== undefined && !isDelay(delayMs))
    throw new RangeError(`The delay of token "${id}" ${sayDelay(delayMs)}.`)
  if (by !== undefined) checkPerson(by, `The push of token "${id}"`, { id })
  if (reason !== undefined) checkReason(reason, `The push of token "${id}"`, { id })
  const token: Token = { id, hop: 1, frames: [], priority, deploy, parent }
  const entered = (push: Push): Push => {
    const all = { enter, actor: by, reason, traceparent, ...push }
    const ms = longer(delayMs, push.delayMs)
    return ms === push.delayMs ? all : { ...all, delayMs: ms }
  }
  return andThen(plan(token, value), (changes) =>
    changes.map((change) => (change.kind === 'push' ? entered(change) : change)),
  )
}

// What comes to a poll waits for an answer, and must not be given up before.
function longer(asked: number | undefined, own: number | undefined): number | undefined {
  return asked === undefined || own === undefined ? (asked ?? own) : Math.max(asked, own)
}
