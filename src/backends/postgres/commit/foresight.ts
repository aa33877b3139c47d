import type { QueueNames } from '../tables/queue-names.ts'
import { Needs } from './needs.ts'
import type { OpenTransaction } from './open-transaction.ts'
import type { Request } from './request.ts'

/** What requests say that they will need. */
export function neededBy(requests: readonly Request[], queues: QueueNames): Needs {
  const needs = new Needs()
  for (const { work } of requests) if (work.needs) needs.addAll(work.needs(queues))
  return needs
}

/** Reads in one go what the requests of a transaction will need: what one of them needs the others mostly need too. */
export class Foresight {
  readonly #open: OpenTransaction
  readonly #requests: readonly Request[]
  /** How much had been forgotten when it looked last; undefined if it has not. */
  #lookedAt: number | undefined

  constructor(open: OpenTransaction, requests: readonly Request[]) {
    this.#open = open
    this.#requests = requests
  }

  /** Draws the numbers that all of them need, and reads what they say they will. */
  async begin(): Promise<void> {
    await this.#open.expect(neededBy(this.#requests, this.#open.queues))
  }

  /** Reads what those from the place `at` on need and is not known, unless that was done and nothing forgotten since. */
  async before(at: number): Promise<void> {
    if (this.#lookedAt === this.#open.timesForgotten) return
    this.#lookedAt = this.#open.timesForgotten
    const rest = this.#requests.slice(at)
    const said = new Needs()
    for (const { work } of rest) if (work.needs) said.addReads(work.needs(this.#open.queues))
    await this.#open.expect(said)
    if (rest.length === 1) return
    const found = new Needs()
    for (const { work } of rest) if (work.rules) this.#open.lacks(work.rules, found)
    await this.#open.expect(found)
  }
}
