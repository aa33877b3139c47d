import type { Marks } from '../../queue/marks.ts'
import type { Page } from '../../queue/rows.ts'
import type { Tallies, TallyRequest } from '../../queue/tally.ts'
import type { Infer, Schema } from '../../schema/schema.ts'
import type { Task } from './task.ts'

/** How long a claim lasts by default, and may last, in milliseconds. */
export const claimTimes = { usual: 15 * 60_000, least: 1000, most: 24 * 3_600_000 } as const

/** The decisions that people may take, by name, each with the schema of what it needs to know. */
export type Decisions = Readonly<Record<string, Schema<object>>>

/** One of the decisions of `D`: its name, and its fields. */
export type Decision<D extends Decisions> = {
  readonly [K in keyof D & string]: { readonly decision: K } & FieldsOf<Infer<D[K]>>
}[keyof D & string]

// Libraries type an object without fields as a record of `never`, which no decision would fit.
type FieldsOf<Fields> = string extends keyof Fields ? unknown : Readonly<Fields>

/** The right of the person who claimed a message, until it expires. */
export interface Claim {
  readonly hop: number
  readonly lease: number
  readonly leftMs: number
}

/** How a decision proves that it was taken on what is there now. */
export interface Deciding {
  /** Of the message that was looked at. */
  readonly hop: number
  /** Of the claim, if there is one. */
  readonly lease?: number | undefined
  /** Who decides. */
  readonly by: string
}

/** Who sets marks, and on what. */
export interface Marking {
  readonly by: string
  readonly hop?: number | undefined
  readonly rev?: number | undefined
  readonly reason?: string | undefined
}

/** A desk where people decide. Plain functions: HTTP is one way to reach them. */
export interface Desk<In = any, D extends Decisions = any> {
  readonly kind: 'desk'
  readonly queue: string
  readonly input: Schema<In>
  /** Of what is stored: the whole state, if the review is wrapped. */
  readonly stored: Schema
  readonly decisions: D
  /** How many messages wait here, and how many of them are claimed. */
  readonly count: () => Promise<{
    readonly waiting: number
    readonly claimed: number
    readonly dead: number
    readonly oldestAt?: number | undefined
  }>
  /** A page of the messages, as states: nothing is opened, so `pre` does not run. */
  readonly list: (
    page?: Page,
  ) => Promise<{ readonly tasks: readonly Task<In>[]; readonly next?: string | undefined }>
  /** How many of the messages match a filter, by what they differ in; see `Backend.tally`. */
  readonly tally: (request?: Pick<TallyRequest, 'only' | 'by' | 'limit'>) => Promise<Tallies>
  /**
   * Sets marks of a message, such as who is to do it, and drops those that are null; whether it is claimed makes no difference.
   * With `hop` and `rev` only if it is still what was looked at. Gives the new revision. Rejects with `NotFoundError` or `ConflictError`.
   */
  readonly mark: (id: string, set: Marks, marking: Marking) => Promise<{ readonly rev: number }>
  /** One message, opened. Rejects with `NotFoundError` if it is not here. */
  readonly get: (id: string) => Promise<Task<In>>
  /**
   * Reserves a message for `by`, uncharged, for `forMs` (15 minutes by default). The person who has claimed it already gets
   * the same claim again, with the time that it has left; any other person is refused with `ConflictError`.
   */
  readonly claim: (id: string, by: string, forMs?: number) => Promise<Claim>
  /** Ends a claim. Rejects with `LeaseLostError` if it has ended already. */
  readonly release: (
    id: string,
    claim: { readonly hop: number; readonly lease: number; readonly by: string },
  ) => Promise<void>
  /** Decides; the hop and the history line with who decided are one commit. Rejects with `ConflictError` or `LeaseLostError` if another person was first. */
  readonly decide: (id: string, decision: Decision<D>, deciding: Deciding) => Promise<void>
}
