import type { Backend, Desk, Failure, WriteQueue } from 'pipewright'
import type { Change, Fault, Leased } from 'pipewright/backend'
import { surveyId } from '../ledger/survey-id.ts'
import { finished } from '../stages/clean-up.ts'
import { failing } from '../stages/failing.ts'
import { type StageName, stageNames } from '../states/reason.ts'
import { Survey, Surveyed } from '../states/survey.ts'
import { exampleBook } from './example-books.ts'
import type { ExampleClock } from './example-clock.ts'

/** The process that works on the books. */
export const owner = 'library-1:4711'
/** Longer than any clock of leases has run: such a lease never ends. */
const forEverMs = 1e14

/** What a shelf needs. */
export interface ShelfParts {
  readonly backend: Backend
  readonly input: WriteQueue<any>
  readonly desk: Desk
  readonly clock: ExampleClock
}

/** Commits the same changes as workers would, but without any work. */
export class Shelf {
  readonly #parts: ShelfParts

  constructor(parts: ShelfParts) {
    this.#parts = parts
  }

  async enter(barcode: string): Promise<void> {
    this.#parts.clock.pass(250)
    await this.#parts.input.push(barcode, exampleBook(barcode).download, { by: 'ann' })
  }

  /** Enters a book that GRIN is to be asked for. */
  async want(barcode: string): Promise<void> {
    this.#parts.clock.pass(250)
    await this.#parts.input.push(barcode, exampleBook(barcode).check, { by: 'bob' })
  }

  /** Lets a survey enter, as the clock does; done where it says what was found. */
  async survey(at: string, found?: { books: number; changed: number; gone: number }): Promise<void> {
    const id = surveyId(at)
    await this.#parts.input.push(id, Survey({ at }), { by: 'cron:survey' })
    if (!found) return
    const next = () => Surveyed({ at, ...found })
    await this.#leave(id, 'survey', { event: 'moved', to: 'output', next, workMs: 41_000 })
  }

  /** Takes a book through `stages`, in their order. */
  async through(barcode: string, stages: readonly StageName[]): Promise<void> {
    for (const stage of stages) {
      const next = [...stageNames, 'output'][stageNames.indexOf(stage) + 1] as StageName | 'output'
      await this.#leave(barcode, stage, {
        event: 'moved',
        to: next,
        // What a person has decided stays.
        next: (book) =>
          next === 'output' ? finished(book) : { ...exampleBook(barcode)[next], passphrase: book.passphrase },
      })
    }
  }

  /** Gives up in `stage`: the book goes to a person. */
  async fail(barcode: string, stage: StageName, failure: Omit<Failure, 'attempts'>): Promise<void> {
    const next = (book: any) => failing(stage).as(book, { ...failure, attempts: 1 })
    const { kind, name, message, code } = failure
    const error = { kind, name, message, code }
    await this.#leave(barcode, stage, { event: 'failed', to: 'review', next, error })
  }

  /** A poll has found out that its conversion has failed. */
  async refuse(barcode: string, failure: Omit<Failure, 'attempts'>): Promise<void> {
    const stage = 'awaitConversion'
    const queue = `books/${stage}`
    const row = await this.#parts.backend.get(queue, barcode)
    if (!row) throw new Error(`Book ${barcode} does not wait for its conversion.`)
    const { id, hop, frames, priority, deploy } = row
    const token = { id, hop: hop + 1, frames, priority, deploy }
    const value = failing(stage).as(row.value as never, { ...failure, attempts: 0 })
    const { kind, name, message, code } = failure
    const error = { kind, name, message, code }
    await this.#parts.backend.commit([
      { kind: 'take', queue, id, hop, event: 'resolved', unheld: true, deploy, error },
      { kind: 'push', queue: 'books/review', token, value },
    ])
  }

  /** An attempt in `stage` has failed; there is another in `delayMs`. */
  async postpone(barcode: string, stage: StageName, error: Fault, delayMs: number): Promise<void> {
    const held = await this.#take(barcode, stage)
    const attempt = held.attempts + 1
    await this.#answer(stage, held, { kind: 'postpone', delayMs, charge: true, attempt, error, workMs: 1200 })
  }

  /** The process has to end: the book is given back, uncharged. */
  async giveBack(barcode: string, stage: StageName): Promise<void> {
    const held = await this.#take(barcode, stage)
    await this.#answer(stage, held, { kind: 'postpone', delayMs: 0, charge: false })
  }

  async bury(barcode: string, stage: StageName, error: Fault): Promise<void> {
    const held = await this.#take(barcode, stage)
    await this.#answer(stage, held, { kind: 'bury', attempt: held.attempts + 1, error })
  }

  /** Works on a book without end. */
  async hold(barcode: string, stage: StageName, fraction: number): Promise<void> {
    const held = await this.#take(barcode, stage)
    await this.#answer(stage, held, { kind: 'remember', progress: { fraction } })
  }

  /** A person claims a book without end. */
  async claim(barcode: string, person: string): Promise<void> {
    const term = { leaseMs: forEverMs, timeoutMs: forEverMs }
    await this.#parts.backend.lease('books/review', { owner: `person:${person}`, ids: [barcode], ...term })
  }

  async decide(barcode: string, choice: Record<string, string>, by: string): Promise<void> {
    const { clock, desk } = this.#parts
    clock.pass(600_000)
    const claim = await desk.claim(barcode, by)
    clock.pass(90_000)
    await desk.decide(barcode, choice as never, { ...claim, by })
  }

  async #take(barcode: string, stage: string): Promise<Leased> {
    const term = { leaseMs: forEverMs, timeoutMs: forEverMs }
    const request = { owner, ids: [barcode], suspects: 'include' as const, ...term }
    const [held] = await this.#parts.backend.lease(`books/${stage}`, request)
    if (!held) throw new Error(`Book ${barcode} does not wait in ${stage}.`)
    return held
  }

  async #leave(barcode: string, stage: StageName | 'survey', leaving: Leaving): Promise<void> {
    const held = await this.#take(barcode, stage)
    const stages: readonly string[] = stageNames
    const { event, to, next, error } = leaving
    const { workMs = 400 + (Number(barcode.slice(-3)) % 7) * 150 * (stages.indexOf(stage) + 1) } = leaving
    this.#parts.clock.pass(workMs)
    const { id, hop, frames, priority, deploy } = held
    const token = { id, hop: hop + 1, frames, priority, deploy }
    const pop = { kind: 'pop', event, attempt: held.attempts + 1, workMs, error } as const
    await this.#answer(stage, held, pop, {
      kind: 'push',
      queue: `books/${to}`,
      token,
      value: next(held.value),
    })
  }

  async #answer(stage: string, held: Leased, change: Unfenced, ...more: readonly Change[]): Promise<void> {
    const { id, hop, lease, deploy } = held
    await this.#parts.backend.commit([
      { ...change, queue: `books/${stage}`, id, hop, lease, owner, deploy } as Change,
      ...more,
    ])
  }
}

interface Leaving {
  readonly event: 'moved' | 'failed'
  readonly to: StageName | 'review' | 'output'
  readonly next: (book: any) => any
  readonly error?: Fault
  readonly workMs?: number
}

type Unfenced<C extends Change = Change> = C extends { readonly lease: number }
  ? Omit<C, 'queue' | 'id' | 'hop' | 'lease'>
  : never
