import { GateBook } from '../../../queue/rules/gate-book.ts'
import type { GateRecord, Standing } from '../../../queue/rules/gate-record.ts'
import type { GatesWorld, Paying } from '../../../queue/rules/gates-world.ts'
import type { Paid } from '../../../queue/rules/paid.ts'
import { type QueueEntry, standOf } from '../tables/queue-entry.ts'
import type { Around } from './around.ts'
import { type Fetched, gateKey } from './fetched.ts'
import { gateCells } from './gate-cells.ts'
import { need } from './needs.ts'

/** The gates of a transaction. */
export class DraftGates extends GateBook<QueueEntry> implements GatesWorld<QueueEntry> {
  readonly #fetched: Fetched
  readonly #draft: Around
  readonly #changed = new Map<number, GateRecord>()
  readonly #holds = new Map<number, ReadonlyMap<number, number>>()
  /** What is known anew of queues. */
  readonly #flags: { queue?: number; workflow?: string; gated?: true; holding?: true }[] = []

  constructor(fetched: Fetched, draft: Around) {
    super()
    this.#fetched = fetched
    this.#draft = draft
  }

  find(name: string, key: string): GateRecord | undefined {
    const ref = this.#fetched.gateRefs.get(gateKey(name, key))
    if (ref === undefined) need('gate', { name, key })
    return ref === null ? undefined : this.get(ref)
  }

  get(ref: number): GateRecord {
    return this.#changed.get(ref) ?? this.#fetched.gates.get(ref) ?? need('gateRef', { ref })
  }

  queueNamed(name: string): QueueEntry | undefined {
    return this.#draft.queues.find(name)
  }

  put(row: GateRecord): void {
    this.#draft.within(this.#draft.queues.zoneOfGate(row.name))
    this.#draft.undo.set(this.#changed, row.ref, row)
  }

  protected owing(name: string, now: number): readonly GateRecord[] {
    const refs = this.#fetched.owing.get(name) ?? need('owing', { name })
    const made = [...this.#changed.values()].filter((row) => row.name === name && row.key !== '')
    const all = new Map([...refs.map((ref) => this.get(ref)), ...made].map((row) => [row.ref, row]))
    return [...all.values()].filter(({ state }) => state.tat > now)
  }

  protected make(name: string, key: string): GateRecord {
    need('newGate', { name, key })
  }

  protected stand(queue: QueueEntry): Standing {
    return standOf(queue)
  }

  ring(gate: number, isTurned: boolean): void {
    const { name, key } = this.get(gate)
    const { news, queues, lanes } = this.#draft
    news.rung.add(name)
    for (const queue of queues.standing(name)) {
      if (isTurned) lanes.unblockAll(queue)
      else if (queue.keyed) lanes.unblock(queue, key)
      this.#draft.notify(queue)
    }
  }

  mustPay(queue: QueueEntry): readonly Paying[] {
    this.#draft.alone()
    this.#mark(queue, 'gated')
    this.#draft.undo.push(this.#flags, { queue: queue.ref, gated: true })
    const found = this.#fetched.leased.get(queue.ref) ?? need('leased', { queue: queue.ref })
    const own = [...this.#draft.changed].map(({ token }) => token)
    return [...new Set([...found, ...own])]
      .map((token) => this.#draft.of(token))
      .filter(({ at, stay }) => at === queue.ref && stay.status === 'leased')
  }

  mustHold({ workflow }: QueueEntry): void {
    const queues = this.#draft.queues.live(workflow)
    if (queues.every(({ holding }) => holding)) return
    this.#draft.alone()
    for (const queue of queues) this.#mark(queue, 'holding')
    this.#draft.undo.push(this.#flags, { workflow, holding: true })
  }

  keyOf(token: number): string {
    return this.#draft.of(token).key
  }

  heldBy(token: number, gate: number): number {
    return this.#heldBy(token).get(gate) ?? 0
  }

  hold(token: number, gate: number, units: number): void {
    const held = new Map(this.#heldBy(token))
    if (units > 0) held.set(gate, units)
    else held.delete(gate)
    this.#draft.undo.set(this.#holds, token, held)
  }

  holdsOf(token: number): readonly (Paid & { readonly name: string })[] {
    return [...this.#heldBy(token)].map(([gate, units]) => ({ gate, units, name: this.get(gate).name }))
  }

  /** What is to be written. */
  document() {
    return {
      gates: [...this.#changed.values()].map(gateCells).sort((a, b) => a.ref - b.ref),
      holders: [...this.#holds.keys()].map((token) => ({ token })),
      holds: [...this.#holds].flatMap(([token, held]) =>
        [...held].map(([gate, units]) => ({ token, gate, units })),
      ),
      flags: this.#flags,
    }
  }

  // Visible at once: the rules look at it again in the same request.
  #mark(queue: QueueEntry, what: 'gated' | 'holding'): void {
    if (queue[what]) return
    const open = queue as { gated: boolean; holding: boolean }
    open[what] = true
    this.#draft.undo.add(() => {
      open[what] = false
    })
  }

  #heldBy(token: number): ReadonlyMap<number, number> {
    const own = this.#holds.get(token)
    if (own) return own
    if (this.#draft.isNew(token)) return none
    const found = this.#fetched.holds.get(token) ?? need('token', { token })
    return new Map(found.map(({ gate, units }) => [gate, units]))
  }
}

const none: ReadonlyMap<number, number> = new Map()
