import { type RequestKind, requestKinds } from '../faults/fault.ts'
import type { GrinClock } from '../grin-clock.ts'
import { Meter, type Metered } from './meter.ts'

/** What was counted, by two clocks: that of this machine, and that of the fake GRIN, which may stand still. */
export interface Counted extends Metered {
  readonly byClock: Metered
  readonly byKind: Readonly<Record<RequestKind, Metered>>
}

/** Counts the requests to the library; those to the admin API, and for tokens, are none. */
export class Counters {
  readonly #clock: GrinClock
  #all = new Meter()
  #byClock = new Meter()
  #byKind = metersByKind()

  constructor(clock: GrinClock) {
    this.#clock = clock
  }

  count(kind: RequestKind): void {
    const now = Date.now()
    this.#all.count(now)
    this.#byKind[kind].count(now)
    this.#byClock.count(this.#clock.now())
  }

  read(): Counted {
    const byKind = Object.fromEntries(requestKinds.map((kind) => [kind, this.#byKind[kind].read()]))
    return {
      ...this.#all.read(),
      byClock: this.#byClock.read(),
      byKind: byKind as Record<RequestKind, Metered>,
    }
  }

  /** Begins anew. */
  reset(): void {
    this.#all = new Meter()
    this.#byClock = new Meter()
    this.#byKind = metersByKind()
  }
}

function metersByKind(): Record<RequestKind, Meter> {
  return Object.fromEntries(requestKinds.map((kind) => [kind, new Meter()])) as Record<RequestKind, Meter>
}
