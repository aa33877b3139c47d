import type { Clock } from 'pipewright'

/**
 * The clock of the example: it stands still until `pass`, so that the same database is made every
 * time. `elapsed` stays 0, before every boot of every machine: a long lease then never seems to be of an earlier one.
 */
export class ExampleClock implements Clock {
  #nowMs = Date.UTC(2026, 10, 20, 8)

  now(): number {
    return this.#nowMs
  }

  elapsed(): number {
    return 0
  }

  after(): () => void {
    return () => {}
  }

  /** Lets `ms` milliseconds go by. */
  pass(ms: number): void {
    this.#nowMs += ms
  }
}
