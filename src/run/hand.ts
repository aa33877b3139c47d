import { LeaseLostError } from '../queue/errors.ts'
import type { Held } from '../queue/inbox.ts'
import type { Opened } from '../queue/lens.ts'
import type { Which } from '../queue/read-queue.ts'
import type { Hold } from './hold.ts'
import { RecentCounts } from './recent-counts.ts'

/** A message that was read and not answered yet. */
export interface InHand<In, Out> {
  readonly held: Held<In, Out>
  readonly opened: Opened<In>
  readonly hold: Hold
  /** The run that has read it, if that is one of several loops of its stage. */
  readonly run: object | undefined
  /** Tells that it is not in hand any more: its lease is watched over no more. */
  readonly over: () => void
}

/**
 * The messages that were read here and not answered yet.
 *
 * One that is named by itself is meant by its lease. A bare id means what is in hand under it: but when another read of
 * the same token lost its lease, and its reader has not been told so, the next answer by that id may be that reader's. It
 * is refused, rather than taken for an answer to the later read.
 */
export class Hand<In, Out> {
  readonly #queue: string
  readonly #all = new Map<string, InHand<In, Out>>()
  /** Reads whose lease was lost, and whose readers have not heard of it. */
  readonly #untold = new RecentCounts()

  constructor(queue: string) {
    this.#queue = queue
  }

  /** All that is in hand. */
  get all(): readonly InHand<In, Out>[] {
    return [...this.#all.values()]
  }

  /** Takes a message into the hand; an earlier read of the same token has lost its lease. */
  put(inHand: InHand<In, Out>): void {
    const { id } = inHand.held.row
    if (this.#all.has(id)) this.#untold.add(id)
    this.#all.set(id, inHand)
  }

  /** Tells that the lease of a message in hand is lost. */
  lose(held: Held<In, Out>): void {
    if (this.#drop(held)) this.#untold.add(held.row.id)
  }

  /** Lets go of a message that is answered. */
  letGo({ held }: InHand<In, Out>): void {
    this.#drop(held)
  }

  /** Whether `which` is in hand. */
  has(which: Which): boolean {
    const found = this.#all.get(idOf(which))
    return found !== undefined && isMeant(found, which)
  }

  /** The message that `which` means. Throws a `LeaseLostError` if that is not in hand, or cannot be told. */
  take(which: Which): InHand<In, Out> {
    const id = idOf(which)
    const found = this.#all.get(id)
    const isUncertain = typeof which === 'string' && this.#untold.has(id)
    if (found && isMeant(found, which) && !isUncertain) return found
    throw this.refuse(which)
  }

  /** What an answer to `which` is refused with, whose lease is lost; its reader has been told then. */
  refuse(which: Which): LeaseLostError {
    const id = idOf(which)
    const found = this.#all.get(id)
    const wasUntold = this.#untold.take(id)
    const at = { queue: this.#queue, id }
    if (found && typeof which === 'string')
      return new LeaseLostError(
        `Token "${id}" in queue "${this.#queue}" was read twice here, and the first lease was lost: answer by the message that was read, not by its id.`,
        at,
      )
    if (wasUntold || typeof which !== 'string')
      return new LeaseLostError(
        `The lease on token "${id}" in queue "${this.#queue}" is gone; the answer was refused.`,
        at,
      )
    return new LeaseLostError(
      `No lease on token "${id}" in queue "${this.#queue}" is held here: read it first.`,
      at,
    )
  }

  #drop(held: Held<In, Out>): boolean {
    const { id } = held.row
    return this.#all.get(id)?.held === held && this.#all.delete(id)
  }
}

/** The id of the message that is meant. */
export function idOf(which: Which): string {
  return typeof which === 'string' ? which : which.id
}

function isMeant({ held: { row } }: InHand<any, any>, which: Which): boolean {
  return typeof which === 'string' || (row.hop === which.hop && row.lease === which.lease)
}
