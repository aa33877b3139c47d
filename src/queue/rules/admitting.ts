import { admit, countedAt, mostOf, pay, shutAt } from './gate.ts'
import type { Post } from './gates-world.ts'
import { checkHeld } from './invariants.ts'
import type { Paid, Tolls } from './paid.ts'
import type { RuledQueue, World } from './world.ts'

/** Asks the gates of a queue for the messages of one lease. */
export class Admitting<Queue extends RuledQueue> {
  /** When it may let more through, if something did not fit, and that is known. */
  againAt: number | undefined
  /** Whether what did not fit last did so at the gate of its key only. */
  isOfKey = false
  /** Whether something has not fit at a gate at which every message pays: then nothing passes any more. */
  isOver = false
  /** When that may change, if it is known. */
  keyAgainAt: number | undefined
  readonly #world: World<Queue>
  readonly #queue: Queue
  /** The gates at which something has not fit. */
  readonly #stopped = new Set<number>()

  constructor(world: World<Queue>, queue: Queue) {
    this.#world = world
    this.#queue = queue
  }

  /** Whether nothing passes at all, whatever is given back: then the lease does nothing else either. */
  get isShut(): boolean {
    const { gates, now } = this.#world
    return gates.common(this.#queue).some((ref) => {
      const shut = shutAt(gates.of(ref), now)
      if (shut) this.#expect(shut.againAt)
      return shut !== undefined
    })
  }

  /** How many messages may pass at most. */
  most(limit: number): number {
    const { gates, now } = this.#world
    const posts = gates.posts(this.#queue, undefined)
    return posts.reduce((most, { gate, until }) => {
      // One that holds its units already passes a gate that is full.
      if (until === 'leave') return most
      const room = mostOf(gates.of(gate), now)
      if (room < 1) this.#expect(admit(gates.of(gate), 1, now).againAt)
      return Math.min(most, Math.floor(room))
    }, limit)
  }

  /** Pays for a message; undefined if it does not fit, and then has paid nothing. */
  pay(token: number, key: string, asks: Tolls | undefined): readonly Paid[] | undefined {
    const { gates, now } = this.#world
    const wanted = gates.posts(this.#queue, key).map((post) => {
      const { name, gate, until } = post
      const holdsSome = until === 'leave' && gates.heldBy(token, gate) > 0
      return { post, units: holdsSome ? 0 : countedAt(gates.of(gate), asks?.[name] ?? 1) }
    })
    for (const { post, units } of wanted) {
      if (units === 0) continue
      const { units: admitted, againAt } = admit(gates.of(post.gate), units, now)
      if (admitted < units || this.#stopped.has(post.gate)) {
        this.#stop(post, againAt)
        return undefined
      }
    }
    return wanted.flatMap(({ post, units }) => payAt(this.#world, post, { token, units }))
  }

  #stop({ gate, per, until }: Post, againAt: number | undefined): void {
    this.#stopped.add(gate)
    this.isOfKey = per === 'key'
    this.isOver ||= per === undefined && until !== 'leave'
    this.keyAgainAt = againAt
    this.#expect(againAt)
  }

  #expect(at: number | undefined): void {
    if (at === undefined) return
    this.againAt = Math.min(this.againAt ?? at, at)
  }
}

/**
 * Pays at a gate, and returns what the lease has paid with that. What is held until the token leaves is no part of the lease; that has
 * passed the gate all the same, for its breaker.
 */
export function payAt<Queue extends RuledQueue>(
  { gates, now }: World<Queue>,
  { name, gate, until }: Post,
  { token, units }: { readonly token: number; readonly units: number },
): readonly Paid[] {
  const before = gates.of(gate)
  if (units > 0) {
    const paid = pay(before, units, now)
    checkHeld(name, paid)
    gates.save(gate, paid)
  }
  if (until !== 'leave') return [{ gate, units }]
  if (units > 0) gates.hold(token, gate, gates.heldBy(token, gate) + units)
  return before.breaker ? [{ gate, units: 0 }] : []
}
