import type { Fault } from '../../../queue/change.ts'
import type { Marks } from '../../../queue/marks.ts'
import type { Known, MarksWorld } from '../../../queue/rules/world.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { Around } from './around.ts'

type StayOf = Pick<Known<QueueEntry>, 'token' | 'hop'>

interface Marked extends StayOf {
  readonly queue: number
  readonly mark: string
  readonly value: string | number | null
}

interface Written extends StayOf {
  readonly queue: number
  readonly words: readonly string[]
}

/** The marks and texts that a transaction sets. */
export class DraftMarks implements MarksWorld<QueueEntry> {
  readonly #draft: Pick<Around, 'undo' | 'of' | 'amend'>
  readonly #marks = new Map<string, Marked>()
  readonly #texts = new Map<number, Written>()

  constructor(draft: Pick<Around, 'undo' | 'of' | 'amend'>) {
    this.#draft = draft
  }

  begin(of: StayOf, queue: QueueEntry, marks: ReadonlyMap<string, string | number>): void {
    for (const [mark, value] of marks) this.#set(of, queue, mark, value)
  }

  set(of: StayOf, queue: QueueEntry, set: Marks): void {
    for (const [mark, value] of Object.entries(set)) this.#set(of, queue, mark, value)
  }

  write({ token, hop }: StayOf, { ref }: QueueEntry, words: readonly string[]): void {
    this.#draft.undo.set(this.#texts, token, { token, hop, queue: ref, words })
  }

  raise(token: number): void {
    this.#draft.amend(token, { rev: this.#draft.of(token).rev + 1 })
  }

  bring({ token }: StayOf, from: QueueEntry, fault: Fault): void {
    this.#draft.amend(token, { source: from.ref, brought: fault })
  }

  /** What is to be written. */
  document() {
    const marks = [...this.#marks.values()]
    const texts = [...this.#texts.values()]
    return {
      marks: marks.flatMap(({ value, ...place }) => (value === null ? [] : [{ ...place, ...cellOf(value) }])),
      unmarks: marks
        .filter(({ value }) => value === null)
        .map(({ token, hop, mark }) => ({ token, hop, mark })),
      texts: texts.filter(({ words }) => words.length > 0),
      untexts: texts.filter(({ words }) => words.length === 0).map(({ token }) => ({ token })),
    }
  }

  #set({ token, hop }: StayOf, { ref }: QueueEntry, mark: string, value: string | number | null): void {
    this.#draft.undo.set(this.#marks, `${token} ${hop} ${mark}`, { token, hop, queue: ref, mark, value })
  }
}

function cellOf(value: string | number): { readonly number: number } | { readonly text: string } {
  return typeof value === 'number' ? { number: value + 0 } : { text: value }
}
