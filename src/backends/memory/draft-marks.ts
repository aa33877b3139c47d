import type { Fault } from '../../queue/change.ts'
import type { Marks } from '../../queue/marks.ts'
import type { MarksWorld } from '../../queue/rules/world.ts'
import type { MemoryQueue, TokenRecord } from './memory-queue.ts'

interface Records {
  readonly of: (token: number) => TokenRecord
  readonly change: (token: number, fields: Partial<TokenRecord>) => void
}

interface StayOf {
  readonly token: number
}

/** The marks in a transaction: they are in the records of the tokens, and a record that comes to a queue has none. */
export class DraftMarks implements MarksWorld<MemoryQueue> {
  readonly #records: Records

  constructor(records: Records) {
    this.#records = records
  }

  begin({ token }: StayOf, _: MemoryQueue, marks: ReadonlyMap<string, string | number>): void {
    this.#records.change(token, { marks })
  }

  set({ token }: StayOf, _: MemoryQueue, set: Marks): void {
    const marks = new Map(this.#records.of(token).marks)
    for (const [name, value] of Object.entries(set))
      if (value === null) marks.delete(name)
      else marks.set(name, typeof value === 'number' ? value + 0 : value)
    this.#records.change(token, { marks })
  }

  write({ token }: StayOf, _: MemoryQueue, words: readonly string[]): void {
    this.#records.change(token, { words: words.length === 0 ? undefined : words })
  }

  raise(token: number): void {
    this.#records.change(token, { rev: this.#records.of(token).rev + 1 })
  }

  bring({ token }: StayOf, from: MemoryQueue, fault: Fault): void {
    this.#records.change(token, { source: from, brought: fault })
  }
}
