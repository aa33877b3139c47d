import type { Which } from '../../queue/read-queue.ts'
import type { Round } from './loops.ts'

/** A message that was read here, and what its loop does with it. */
export interface Read {
  readonly id: string
  readonly hop: number
  readonly lease: number
  readonly round: Round
}

const rememberedIds = 10_000
const rememberedEach = 100

/** Reads of which their loops may still speak. Of more than 10,000 ids the one that was read longest ago is forgotten. */
export class RecentReads {
  readonly #reads = new Map<string, readonly Read[]>()

  /** Remembers a read. */
  add({ id, hop, lease, round }: Read): void {
    const others = this.of(id).slice(1 - rememberedEach)
    // Anew: the ids stand in the order in which they were read last.
    this.#reads.delete(id)
    this.#reads.set(id, [...others, { id, hop, lease, round }])
    if (this.#reads.size > rememberedIds) this.#reads.delete(this.#reads.keys().next().value!)
  }

  /** The reads of `id`, oldest first. */
  of(id: string): readonly Read[] {
    return this.#reads.get(id) ?? []
  }

  /** Forgets a read, if it was remembered. */
  delete({ id, hop, lease }: Omit<Read, 'round'>): void {
    const others = this.of(id).filter((read) => !isMeant(read, { id, hop, lease }))
    if (others.length > 0) this.#reads.set(id, others)
    else this.#reads.delete(id)
  }
}

/** The id of the message that is meant. */
export function idOf(which: Which): string {
  return typeof which === 'string' ? which : which.id
}

/** Whether `which`, which has the id of `read`, may mean it. */
export function isMeant(read: Pick<Read, 'hop' | 'lease'>, which: Which): boolean {
  return typeof which === 'string' || (read.hop === which.hop && read.lease === which.lease)
}
