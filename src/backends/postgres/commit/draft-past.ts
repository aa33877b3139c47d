import type { Fence, Note, Why } from '../../../queue/change.ts'
import type { HistoryEvent } from '../../../queue/journey.ts'
import type { About, Arrival, Known, PastWorld } from '../../../queue/rules/world.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { Around } from './around.ts'

interface Kept {
  readonly token: number
  readonly hop: number
  /** Whether the value, and the frames, are given here: else those that are stored are kept. */
  readonly valued: boolean
  readonly framed: boolean
  readonly value?: string | undefined
  readonly frames?: string | undefined
}

/** What a transaction remembers of what was. */
export class DraftPast implements PastWorld<QueueEntry> {
  readonly #draft: Pick<Around, 'undo' | 'of' | 'known' | 'say'>
  readonly #kept: Kept[] = []

  constructor(draft: Pick<Around, 'undo' | 'of' | 'known' | 'say'>) {
    this.#draft = draft
  }

  keep(token: number, { hop, value, frames }: Pick<Arrival, 'hop' | 'value' | 'frames'>): void {
    this.#add({ token, hop, valued: true, framed: true, value, frames })
  }

  keepHere({ token, hop }: Pick<Known<QueueEntry>, 'token' | 'hop'>): void {
    const { content } = this.#draft.of(token)
    const { value, frames } = content ?? {}
    const isWritten = content !== undefined
    this.#add({
      token,
      hop,
      valued: isWritten,
      framed: isWritten && frames !== null,
      value,
      frames: frames ?? undefined,
    })
  }

  keepPopped({ workflow }: QueueEntry, { id }: Fence): void {
    const known = this.#draft.known(workflow, id)
    // If the fence does not hold, the commit is refused, and this with it.
    if (known) this.keepHere(known)
  }

  say(about: About<QueueEntry>, event: HistoryEvent, note: Note & Why): void {
    this.#draft.say(about, event, note)
  }

  /** What is to be written: of each stay what was kept first. */
  document() {
    return { keeps: this.#kept }
  }

  #add(kept: Kept): void {
    this.#draft.undo.push(this.#kept, kept)
  }
}
