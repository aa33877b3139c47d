import type { FaultRule } from './faults/fault.ts'
import type { FaultBoard, PinnedRule } from './faults/fault-board.ts'
import type { GrinClock } from './grin-clock.ts'
import type { Counted, Counters } from './requests/counters.ts'
import type { Logins } from './requests/logins.ts'
import type { Outage } from './requests/outage.ts'
import type { Shelf } from './shelf.ts'
import type { BookState, Standing } from './standing.ts'

/** What an admin works on. */
export interface AdminOptions {
  readonly clock: GrinClock
  readonly shelf: Shelf
  readonly faults: FaultBoard
  readonly counters: Counters
  readonly logins: Logins | undefined
  readonly outage: Outage
}

/** What a test, or a person, does to a fake GRIN behind its back. */
export class Admin {
  readonly #options: AdminOptions

  constructor(options: AdminOptions) {
    this.#options = options
  }

  /** The time, in milliseconds since 1970. */
  now(): number {
    return this.#options.clock.now()
  }

  /** Moves the clock on by so many milliseconds; throws a `RangeError` for less than 0. */
  advance(ms: number): void {
    this.#options.clock.advance(ms)
  }

  /** The requests since the start, or since they were counted anew. */
  counters(): Counted {
    return this.#options.counters.read()
  }

  resetCounters(): void {
    this.#options.counters.reset()
  }

  /** The faults that are to come. */
  faults(): PinnedRule[] {
    return this.#options.faults.rules
  }

  /** Adds a fault; gives its number. Throws a `ZodError` when there is no such fault. */
  inject(rule: FaultRule): number {
    return this.#options.faults.pin(rule)
  }

  /** Takes away one fault by its number, or all; tells how many. */
  clearFaults(id?: number): number {
    return this.#options.faults.clear(id)
  }

  /** Ends all access tokens; tells how many. */
  expireLogins(): number {
    return this.#options.logins?.expire() ?? 0
  }

  /** Whether all requests to the library are answered with 503. */
  isOut(): boolean {
    return this.#options.outage.isOn
  }

  /** Begins or ends an outage. */
  setOutage(isOn: boolean): void {
    this.#options.outage.isOn = isOn
  }

  /** How many books are in process. */
  queued(): number {
    return this.#options.shelf.queued
  }

  /** Where a book stands; undefined when it is not in the catalogue. */
  book(barcode: string): Standing | undefined {
    return this.#options.shelf.get(barcode)
  }

  /** Puts a book into a state, as of now. Throws an `Error` when it is not in the catalogue. */
  setState(barcode: string, state: BookState): void {
    this.#options.shelf.put(barcode, state)
  }

  /** Gives a book another archive, with another ETag. Throws an `Error` when it is not in the catalogue. */
  scanAnew(barcode: string): void {
    this.#options.shelf.scanAnew(barcode)
  }
}
