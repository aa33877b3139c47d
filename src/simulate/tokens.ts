import type { Backend } from '../queue/backend.ts'
import { checkHistory } from './check-history.ts'
import { Ledger } from './ledger.ts'
import type { People } from './people.ts'
import type { Ended } from './report.ts'
import { type Spot, takeSnapshot } from './snapshot.ts'

interface TokensParts {
  readonly workflow: string
  readonly people: People
  /** The queues from which time sends tokens on. */
  readonly late: ReadonlySet<string>
}

/** The tokens of a run: where they are by the backend, where they have to be, and which of them have ended. */
export class Tokens {
  readonly backend: Backend
  readonly #ledger = new Ledger()
  readonly #workflow: string
  readonly #people: People
  readonly #late: ReadonlySet<string>
  #spots: readonly Spot[] = []

  constructor(backend: Backend, { workflow, people, late }: TokensParts) {
    this.backend = this.#ledger.witness(backend)
    this.#workflow = workflow
    this.#people = people
    this.#late = late
  }

  /** Where they were at the last look. */
  get spots(): readonly Spot[] {
    return this.#spots
  }

  /** Looks where they are; returns what is wrong with that, as a sentence without its end. */
  async look(): Promise<string | undefined> {
    this.#spots = await takeSnapshot(this.backend, this.#workflow)
    return this.#ledger.compare(this.#spots)
  }

  /** One that has an end, and is neither finished, nor dead, nor left for good on a desk. */
  get unfinished(): Spot | undefined {
    return this.#spots.find((spot) => spot.role !== 'standing' && !this.#endOf(spot))
  }

  /** Whether a person has claimed one. */
  get areClaimed(): boolean {
    return this.#claims.length > 0
  }

  /** Milliseconds until the first of the claims ends; undefined if there is none. */
  get claimLeftMs(): number | undefined {
    const left = this.#claims.map(({ leaseLeftMs = 0 }) => leaseLeftMs)
    return left.length > 0 ? Math.min(...left) : undefined
  }

  /** Checks that the history has one result for each entry; returns what is wrong, as a sentence without its end. */
  checkHistory(output: string): Promise<string | undefined> {
    return checkHistory(this.backend, { workflow: this.#workflow, output, entries: this.#ledger.entries })
  }

  /** Where each of them has ended, by id; those that go on for ever are left out. */
  get ended(): readonly Ended[] {
    const here = this.#spots
      .filter(({ role }) => role !== 'standing')
      .map((spot): Ended => {
        const { id, queue, value, hop, error } = spot
        const end = this.#endOf(spot) ?? 'review'
        return { id, end, queue, value, hops: hop, ...(end === 'dead' && { why: error?.message }) }
      })
    const gone = [...this.#ledger.left].map(([id, why]): Ended => ({ id, end: 'gone', why }))
    return [...here, ...gone].sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  get #claims(): readonly Spot[] {
    return this.#spots.filter(({ role, status }) => role === 'review' && status === 'leased')
  }

  #endOf(spot: Spot): Ended['end'] | undefined {
    if (spot.role === 'output') return 'output'
    if (spot.status === 'dead') return 'dead'
    const stays = spot.role === 'review' && !this.#late.has(spot.queue)
    return stays && this.#people.haveLeft(spot) ? 'review' : undefined
  }
}
