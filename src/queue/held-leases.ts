import { BackendError } from './errors.ts'
import type { LeaseKey } from './lease-key.ts'

/** A place and the mark that it had: a lease that is gone. */
export type Gone = readonly [place: number, mark: number]

/** The memory in which the leases stand, as the keeper's thread gets it. */
export interface SharedLeases {
  readonly marks: SharedArrayBuffer
  readonly keys: SharedArrayBuffer
}

/** How many leases one process can hold at once. */
const most = 2 ** 18
/** For how many the memory lasts at first; it is doubled when there are more. */
const first = 2 ** 10
const numbersOfKey = 3

/**
 * The leases that this process holds now, in memory that it shares with its keeper's thread, so that the thread knows
 * of a lease before its work begins, however busy the event loop is from then on, and a hop costs no message.
 *
 * Each lease has a place: three numbers in `keys` (see `LeaseKey`) and a mark in `marks`. The mark goes up by one when the
 * place is taken and when it is left: an odd mark means that the lease is held, and a mark never comes back, so that a place
 * and a mark identify one lease in reports of the thread. The thread reads mark, key, mark, and uses the key if both marks
 * are the same. `marks[0]` is the highest place that was ever taken.
 */
export class HeldLeases {
  readonly shared: SharedLeases = {
    marks: growable(Int32Array.BYTES_PER_ELEMENT),
    keys: growable(numbersOfKey * Float64Array.BYTES_PER_ELEMENT),
  }
  #places = first
  #marks = new Int32Array(this.shared.marks, 0, first)
  #keys = new Float64Array(this.shared.keys, 0, first * numbersOfKey)
  readonly #lost: ((() => void) | undefined)[] = []
  readonly #free: number[] = []
  #highest = 0

  get isEmpty(): boolean {
    return this.#free.length === this.#highest
  }

  /** Adds a lease and returns its place; `lost` is called if it is found to be gone. Throws a `BackendError` if there is no room. */
  add({ token, hop, lease }: LeaseKey, lost: () => void): number {
    const place = this.#free.pop() ?? this.#highest + 1
    if (place >= this.#places) this.#grow()
    const at = place * numbersOfKey
    this.#keys[at] = token
    this.#keys[at + 1] = hop
    this.#keys[at + 2] = lease
    this.#lost[place] = lost
    Atomics.add(this.#marks, place, 1)
    if (place > this.#highest) {
      this.#highest = place
      Atomics.store(this.#marks, 0, place)
    }
    return place
  }

  // Views of a given length are four times as fast as those that follow the length of their memory.
  #grow(): void {
    if (this.#places > most)
      throw new BackendError(`One process cannot hold more than ${most} leases at once.`)
    this.#places = Math.min(this.#places * 2, most + 1)
    const { marks, keys } = this.shared
    marks.grow(this.#places * Int32Array.BYTES_PER_ELEMENT)
    keys.grow(this.#places * numbersOfKey * Float64Array.BYTES_PER_ELEMENT)
    this.#marks = new Int32Array(marks, 0, this.#places)
    this.#keys = new Float64Array(keys, 0, this.#places * numbersOfKey)
  }

  /** The mark of the lease at `place`. */
  markOf(place: number): number {
    return this.#marks[place]!
  }

  /** Forgets the lease at `place`. */
  remove(place: number): void {
    Atomics.add(this.#marks, place, 1)
    this.#lost[place] = undefined
    this.#free.push(place)
  }

  /** Calls `lost` of each lease of `gone`, once, unless another lease has its place by now. */
  reportLost(gone: readonly Gone[]): void {
    for (const [place, mark] of gone) {
      if (this.#marks[place] !== mark) continue
      const lost = this.#lost[place]
      this.#lost[place] = undefined
      lost?.()
    }
  }

  /** Whether this process holds `key`. Looks at each lease, so call it rarely. */
  has({ token, hop, lease }: LeaseKey): boolean {
    for (const { key } of this.all())
      if (key.token === token && key.hop === hop && key.lease === lease) return true
    return false
  }

  /** Each lease that is held, with its place and its mark. */
  *all(): Generator<{ readonly place: number; readonly mark: number; readonly key: LeaseKey }> {
    for (let place = 1; place <= this.#highest; place++) {
      const mark = this.#marks[place]!
      if (mark % 2 === 0) continue
      const at = place * numbersOfKey
      const [token, hop, lease] = this.#keys.subarray(at, at + numbersOfKey)
      yield { place, mark, key: { token: token!, hop: hop!, lease: lease! } }
    }
  }
}

function growable(bytesAPlace: number): SharedArrayBuffer {
  return new SharedArrayBuffer(first * bytesAPlace, { maxByteLength: (most + 1) * bytesAPlace })
}
