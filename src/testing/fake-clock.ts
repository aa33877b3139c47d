import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../queue/clock.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

/** Turns of the event loop after each step of time, so that what it woke can go on. */
const settlingTurns = 3

/** A clock that only tests move. It starts at 2030-01-01; `elapsed` starts at 1,000,000 ms. */
export class FakeClock implements Clock {
  #nowMs = Date.UTC(2030, 0, 1)
  #elapsedMs = 1_000_000
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#nowMs
  }

  elapsed(): number {
    return this.#elapsedMs
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#elapsedMs + Math.max(0, ms), callback }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.size
  }

  /**
   * Moves on to the next timer and fires those that are due then, without waiting for what they wake. Returns the
   * milliseconds that have gone by; undefined if no timer waits.
   */
  moveOn(): number | undefined {
    const next = this.#nextUntil(Number.POSITIVE_INFINITY)
    if (!next) return undefined
    const ms = Math.max(0, next.at - this.#elapsedMs)
    this.#pass(ms)
    const due = [...this.#timers].filter(({ at }) => at <= next.at)
    for (const timer of due) if (this.#timers.delete(timer)) timer.callback()
    return ms
  }

  /**
   * Lets `ms` milliseconds go by on both clocks. Timers that are due fire in their order, each at its time, also those that
   * other timers have set; the code that they woke has had a few turns of the event loop when this resolves.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsedMs + ms
    for (let timer = this.#nextUntil(end); timer; timer = this.#nextUntil(end)) {
      this.#pass(timer.at - this.#elapsedMs)
      this.#timers.delete(timer)
      timer.callback()
      await this.settle()
    }
    this.#pass(end - this.#elapsedMs)
    await this.settle()
  }

  /** Lets `ms` milliseconds go by on both clocks in which no timer fires, as while the event loop is blocked. */
  stall(ms: number): void {
    this.#pass(ms)
  }

  /** Moves the wall clock alone, forwards or backwards, as an administrator or a time server does. */
  jump(ms: number): void {
    this.#nowMs += ms
  }

  /** Waits until what a step of time has woken has gone on. */
  protected async settle(): Promise<void> {
    for (let turn = 0; turn < settlingTurns; turn++) await setImmediate()
  }

  #pass(ms: number): void {
    this.#nowMs += Math.max(0, ms)
    this.#elapsedMs += Math.max(0, ms)
  }

  #nextUntil(end: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at <= end && (!next || timer.at < next.at)) next = timer
    }
    return next
  }
}
