import { type Random, randomFor } from '../testing/backend-model/random.ts'
import type { FakeClock } from '../testing/fake-clock.ts'
import type { Request } from './gate.ts'
import { SimulatedProcess, type World } from './simulated-process.ts'

const longestRestartMs = 3000
/** Turns of the event loop that a dead process gets to free its resources. */
const lastTurns = 100

/** A request and its process. */
export interface Asked {
  readonly request: Request
  readonly process: SimulatedProcess
}

/** The processes that run at the same time; one that dies is replaced after a moment. */
export class Crew {
  died = 0
  readonly #world: World
  readonly #clock: FakeClock
  readonly #random: Random
  readonly #buried: SimulatedProcess[] = []
  #living: SimulatedProcess[] = []
  #missing: number
  #started = 0

  constructor(world: World, { clock, size }: { readonly clock: FakeClock; readonly size: number }) {
    this.#world = world
    this.#clock = clock
    this.#random = randomFor(world.seed, 'processes')
    this.#missing = size
  }

  /** All pending requests, in an order that does not depend on when they were made. */
  get pending(): readonly Asked[] {
    const all = this.#living.flatMap((process) =>
      [...process.gate.pending].map((request) => ({ request, process })),
    )
    return all.sort((a, b) =>
      a.request.text < b.request.text ? -1 : a.request.text > b.request.text ? 1 : 0,
    )
  }

  /** The tokens that handlers work on, which the simulation cannot see. */
  get working(): readonly string[] {
    return this.#living.flatMap((process) => [
      ...process.working,
      ...(process.gate.isReading ? [`what ${process.owner} reads`] : []),
    ])
  }

  /** One of the processes that live; undefined if none does. */
  get any(): SimulatedProcess | undefined {
    return this.#living.length > 0 ? this.#random.pick(this.#living) : undefined
  }

  /** The failure of a loop by hand in a process that lives, in words. */
  get fault(): string | undefined {
    return this.#living.find(({ fault }) => fault)?.fault
  }

  /** Starts the processes whose time has come; returns their names. */
  async fill(): Promise<readonly string[]> {
    for (const process of this.#living) this.lookAfter(process)
    const names: string[] = []
    for (; this.#missing > 0; this.#missing--) {
      const started = await SimulatedProcess.start(++this.#started, this.#world)
      this.#living.push(started)
      names.push(started.owner)
    }
    return names
  }

  /** Frees a process if it has died, and plans the start of another one. */
  lookAfter(process: SimulatedProcess): void {
    if (!process.isDead) return
    this.died++
    this.#bury(process)
    this.#clock.after(this.#random.below(longestRestartMs), () => this.#missing++)
  }

  /** Waits no longer for the handlers that work now. */
  excuse(): void {
    for (const process of this.#living) process.excuse()
  }

  /** Ends everything. */
  async end(): Promise<void> {
    for (const process of this.#living) this.#bury(process)
    let isOver = false
    void Promise.all(this.#buried.map(({ ended }) => ended)).then(() => (isOver = true))
    for (let turn = 0; !isOver && turn < lastTurns; turn++) await new Promise(setImmediate)
  }

  #bury(process: SimulatedProcess): void {
    this.#living = this.#living.filter((each) => each !== process)
    this.#buried.push(process)
    process.bury()
  }
}
