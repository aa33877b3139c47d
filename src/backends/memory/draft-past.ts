import type { Fence, Note, Why } from '../../queue/change.ts'
import type { HistoryEvent } from '../../queue/journey.ts'
import type { About, Arrival, Known, PastWorld, World } from '../../queue/rules/world.ts'
import type { MemoryQueue } from './memory-queue.ts'
import type { Queues } from './queues.ts'
import type { KeptValue } from './values.ts'

/** What it needs of the transaction. */
interface Drafting extends Pick<World<MemoryQueue>, 'known'> {
  /** A token as it is now in this transaction. */
  readonly of: (token: number) => Pick<Arrival, 'hop' | 'value' | 'frames'>
  readonly say: PastWorld<MemoryQueue>['say']
}

/** What one transaction remembers of what was: nothing of it is visible until `publish`. */
export class DraftPast implements PastWorld<MemoryQueue> {
  readonly #draft: Drafting
  readonly #kept: (KeptValue & { readonly token: number; readonly hop: number })[] = []

  constructor(draft: Drafting) {
    this.#draft = draft
  }

  keep(token: number, { hop, value, frames }: Pick<Arrival, 'hop' | 'value' | 'frames'>): void {
    this.#kept.push({ token, hop, value, frames })
  }

  keepHere({ token }: Pick<Known<MemoryQueue>, 'token'>): void {
    this.keep(token, this.#draft.of(token))
  }

  keepPopped({ workflow }: MemoryQueue, { id }: Fence): void {
    const known = this.#draft.known(workflow, id)
    // If the fence does not hold, the commit is refused, and this with it.
    if (known) this.keepHere(known)
  }

  say(about: About<MemoryQueue>, event: HistoryEvent, note: Note & Why): void {
    this.#draft.say(about, event, note)
  }

  publish({ values }: Queues): void {
    for (const { token, hop, value, frames } of this.#kept) values.keep(token, hop, { value, frames })
  }
}
