import type { Fault } from '../change.ts'
import type { HistoryEvent } from '../journey.ts'
import type { OpenLine } from './world.ts'

/** A token that has left a queue in a commit and must be in another at its end, or has left for good. */
export interface Departure<Queue> {
  readonly token: number
  readonly id: string
  readonly workflow: string
  readonly event: HistoryEvent
  readonly reason: string | undefined
  /** Whether a person has sent it on. */
  readonly isByHand: boolean
  /** Its line of the history; the token's arrival completes it. */
  readonly line: OpenLine<Queue>
  /** Whether it may hold units at gates. */
  readonly holding: boolean | number
  /** Why its stage has given it up, if it has, and the queue of that stage. */
  readonly fault?: Fault | undefined
  readonly from?: Queue | undefined
}

/** The tokens that have left a queue in a commit and have come to no other yet. */
export class Departures<Queue> {
  readonly #all: Departure<Queue>[] = []
  #skipped: Set<string> | undefined

  add(departure: Departure<Queue>): void {
    this.#all.push(departure)
  }

  /** The token `id`, which now goes on; undefined if it has left no queue. */
  take(workflow: string, id: string): Departure<Queue> | undefined {
    // A hop is the only one of its commit.
    const only = this.#all.length === 1 ? this.#all[0]! : undefined
    if (only?.id === id && only.workflow === workflow) return this.#all.pop()
    const at = this.#all.findIndex((each) => each.id === id && each.workflow === workflow)
    return at < 0 ? undefined : this.#all.splice(at, 1)[0]
  }

  /** Records that the token `id` has not left, as it was allowed to: what leads it on is passed over too. */
  skip(workflow: string, id: string): void {
    this.#skipped ??= new Set()
    this.#skipped.add(JSON.stringify([workflow, id]))
  }

  get hasSkips(): boolean {
    return this.#skipped !== undefined
  }

  /** Whether the token `id` was allowed to stay, and has not left by another change. */
  hasSkipped(workflow: string, id: string): boolean {
    if (!this.#skipped?.has(JSON.stringify([workflow, id]))) return false
    return !this.#all.some((each) => each.id === id && each.workflow === workflow)
  }

  /** Those that have left for good. */
  ended(): readonly Departure<Queue>[] {
    return this.#all
  }
}
