import type { LeaseLostError } from '../../queue/errors.ts'
import type { Held } from '../../queue/held.ts'
import type { Opened } from '../../queue/lens.ts'
import type { Which } from '../../queue/read-queue.ts'
import type { Token } from '../../queue/token.ts'
import type { Hold } from '../lease/hold.ts'
import { Loops, type Round } from './loops.ts'
import { notInHand } from './not-in-hand.ts'
import { idOf, isMeant, type Read, RecentReads } from './recent-reads.ts'

/** A message that was read and not answered yet. */
export interface InHand<In, Out> {
  readonly held: Held<In, Out>
  readonly opened: Opened<In>
  readonly hold: Hold
  /** The run that has read it, if that is one of several loops of its stage. */
  readonly run: object | undefined
  readonly round: Round
  /** Called when it is not in hand any more, so that its lease is no longer renewed. */
  readonly over: () => void
}

/**
 * The messages that were read here and not answered yet.
 *
 * An answer that gives the message itself is matched by its lease. A bare id says which token, but not which read of it. It
 * means the message in hand under it, and that is certain as long as no loop can still answer an earlier read. The loop of
 * a read that has lost its lease can: late, once or several times, as from a `catch`. So until that loop has read again,
 * every answer by that id alone is refused, from all loops; a refusal does not change that. If there is one loop, its next
 * read shows it; if there are several, it is certain only when all of them wait (see `Loops`).
 */
export class Hand<In, Out> {
  readonly #queue: string
  readonly #all = new Map<string, InHand<In, Out>>()
  /** Reads that have lost their leases without an answer. */
  readonly #lost = new RecentReads()
  /** Messages in hand for which an answer by id was refused that may have been meant for them. */
  readonly #unclear = new Set<InHand<In, Out>>()
  #loops = new Loops()

  constructor(queue: string) {
    this.#queue = queue
  }

  /** The loops that read what comes into this hand. */
  get loops(): Loops {
    return this.#loops
  }

  /** Records that the loops have ended, or will: those that read from now on are others. */
  renewLoops(): void {
    this.#loops.end()
    this.#loops = new Loops()
  }

  /** All that is in hand. */
  get all(): readonly InHand<In, Out>[] {
    return [...this.#all.values()]
  }

  /** Whether the token `id` is in hand. */
  has(id: string): boolean {
    return this.#all.has(id)
  }

  /** Takes a message into the hand; an earlier read of the same token has lost its lease. */
  put(inHand: InHand<In, Out>): void {
    const { id } = inHand.held.row
    const earlier = this.#all.get(id)
    if (earlier) this.#lost.add(readOf(earlier))
    this.#all.set(id, inHand)
  }

  /** Records that the lease of a message in hand is lost. */
  lose(held: Held<In, Out>): void {
    const found = this.#all.get(held.row.id)
    if (found && this.#drop(held)) this.#lost.add(readOf(found))
  }

  /** Lets go of a message that is answered. */
  letGo({ held, round }: InHand<In, Out>): void {
    round.speak()
    // Its lease may have been reported lost before the answer to its own commit came.
    if (!this.#drop(held)) this.#lost.delete(held.row)
  }

  /** The message that `which` means. Throws a `LeaseLostError` if that is not in hand, or not certain. */
  take(which: Which): InHand<In, Out> {
    const id = idOf(which)
    const found = this.#all.get(id)
    const isCertain = typeof which !== 'string' || this.#inDoubt(id).length === 0
    if (found && isMeant(found.held.row, which) && isCertain) return found
    throw this.refuse(which)
  }

  /** What is in hand of the token that `next` is the next stay of; else what its id means, see `take`. */
  takeFor(next: Pick<Token, 'id' | 'hop'>): InHand<In, Out> {
    const found = this.#all.get(next.id)
    return found?.held.row.hop === next.hop - 1 ? found : this.take(next.id)
  }

  /**
   * The messages left in hand by loops that were refused, as the id alone was not certain, and have all read again: no loop
   * will answer them any more. Returns each once.
   */
  takeLeft(): readonly InHand<In, Out>[] {
    const left = [...this.#unclear].filter(({ round }) => round.isOver())
    for (const inHand of left) this.#unclear.delete(inHand)
    return left
  }

  /** What an answer to `which` is refused with, whose lease is lost. */
  refuse(which: Which): LeaseLostError {
    const id = idOf(which)
    const found = this.#all.get(id)
    const lost = this.#inDoubt(id)
    // With a bare id any of their loops may have answered: the message in hand takes the answer, and other reads are kept.
    const meant = [...(found ? [readOf(found)] : []), ...lost].filter((read) => isMeant(read, which))
    meant.some(({ round }) => round.speak())
    const at = { queue: this.#queue, id }
    if (found && typeof which === 'string') {
      this.#unclear.add(found)
      return notInHand('uncertain', at)
    }
    return notInHand(lost.length > 0 || typeof which !== 'string' ? 'lost' : 'unread', at)
  }

  /** The lost reads of `id` that a loop may still speak of. */
  #inDoubt(id: string): readonly Read[] {
    return this.#lost.of(id).filter(({ round }) => !round.isOver())
  }

  #drop(held: Held<In, Out>): boolean {
    const { id } = held.row
    const found = this.#all.get(id)
    if (found?.held !== held) return false
    this.#unclear.delete(found)
    return this.#all.delete(id)
  }
}

/** What is remembered of a read when its message is not in hand any more. */
export function readOf({ held: { row }, round }: InHand<any, any>): Read {
  return { id: row.id, hop: row.hop, lease: row.lease, round }
}
