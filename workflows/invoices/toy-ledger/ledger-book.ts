import type { Entry, LedgerAnswer } from '../ledger.ts'

/** A booking, and the key with which it was asked for. */
export interface Booked extends Entry {
  readonly booking: string
  readonly key: string
}

/** How the ledger fails. */
export interface Failing {
  /** The next random number, from 0 up to, but not, 1. */
  readonly fraction: () => number
  /** How many requests fail, as a part of 1; 0.2 unless told. Every second of them was booked all the same. */
  readonly failing?: number
  /** How many are answered with 429, as a part of 1; 0.05 unless told. */
  readonly busy?: number
  /** Suppliers that it does not know. */
  readonly unknown?: readonly string[]
}

/** A ledger that fails now and then, and books once for each key. */
export class LedgerBook {
  /** All that was booked, in order. */
  readonly booked: Booked[] = []
  #requests = 0
  readonly #options: Failing

  constructor(options: Failing) {
    this.#options = options
  }

  /** How many requests there were. */
  get requests(): number {
    return this.#requests
  }

  /** Answers a request; the answer to a key that was booked is always the same, if there is one. */
  answer(key: string, entry: Entry): LedgerAnswer {
    this.#requests++
    const { fraction, failing = 0.2, busy = 0.05, unknown = [] } = this.#options
    const luck = fraction()
    if (luck < busy) return { status: 429, retryAfter: '1', body: 'Later, please.' }
    if (luck < busy + failing / 2) return { status: 500, body: 'A disk is full.' }
    const known = this.booked.find((each) => each.key === key)
    if (!known && unknown.includes(entry.supplier))
      return { status: 422, body: `There is no supplier "${entry.supplier}".` }
    const booked = known ?? { ...entry, booking: `B-${this.booked.length + 1}`, key }
    if (!known) this.booked.push(booked)
    // Booked, but the client does not hear of it.
    if (luck < busy + failing) return { status: 502, body: 'The proxy has lost the answer.' }
    return { status: 200, body: { booking: booked.booking, totalCents: booked.totalCents } }
  }
}
