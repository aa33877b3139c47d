import { GateBook } from '../../queue/rules/gate-book.ts'
import { freshGate, type GateRecord, type Standing } from '../../queue/rules/gate-record.ts'
import type { GatesWorld } from '../../queue/rules/gates-world.ts'
import type { Paid } from '../../queue/rules/paid.ts'
import { standing, standOf } from './gates.ts'
import type { MemoryQueue, TokenRecord } from './memory-queue.ts'
import type { Queues } from './queues.ts'

/** What `DraftGates` needs of its draft. */
interface Drafting {
  readonly of: (token: number) => TokenRecord
  readonly woken: Set<MemoryQueue>
}

/** The changes of one transaction to the gates: none of them is visible until `publish`. */
export class DraftGates extends GateBook<MemoryQueue> implements GatesWorld<MemoryQueue> {
  readonly #queues: Queues
  readonly #draft: Drafting
  readonly #changed = new Map<number, GateRecord>()
  readonly #holds = new Map<number, ReadonlyMap<number, number>>()
  readonly #undo: (() => void)[] = []
  /** The names of those at which more may pass. */
  readonly rung = new Set<string>()
  #made = 0

  constructor(queues: Queues, draft: Drafting) {
    super()
    this.#queues = queues
    this.#draft = draft
  }

  find(name: string, key: string): GateRecord | undefined {
    for (const row of this.#changed.values()) if (row.name === name && row.key === key) return row
    return this.#queues.gates.find(name, key)
  }

  get(ref: number): GateRecord {
    return this.#changed.get(ref) ?? this.#queues.gates.get(ref)
  }

  queueNamed(name: string): MemoryQueue | undefined {
    return this.#queues.find(name)
  }

  put(row: GateRecord): void {
    this.#changed.set(row.ref, row)
  }

  protected owing(name: string, now: number): readonly GateRecord[] {
    const made = [...this.#changed.values()].filter((row) => row.name === name && row.key !== '')
    const known = this.#queues.gates.ofKeys(name).filter(({ ref }) => !this.#changed.has(ref))
    return [...known, ...made].filter(({ state }) => state.tat > now)
  }

  protected make(name: string, key: string): GateRecord {
    const row = freshGate(this.#queues.gates.count + ++this.#made, name, key)
    this.put(row)
    return row
  }

  protected stand(queue: MemoryQueue): Standing {
    return standOf(queue)
  }

  ring(gate: number): void {
    const { name } = this.get(gate)
    this.rung.add(name)
    for (const queue of standing(this.#queues.all(), name)) this.#draft.woken.add(queue)
  }

  mustPay(queue: MemoryQueue): readonly TokenRecord[] {
    queue.gated = true
    this.#undo.push(() => (queue.gated = false))
    return [...queue.records.values()]
      .map(({ token }) => this.#draft.of(token))
      .filter((record) => record.queue === queue && record.stay.status === 'leased')
  }

  mustHold({ workflow }: MemoryQueue): void {
    for (const queue of this.#queues.names.live(workflow)) {
      const before = queue.holding
      queue.holding = true
      this.#undo.push(() => (queue.holding = before))
    }
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
    this.#holds.set(token, held)
  }

  holdsOf(token: number): readonly (Paid & { readonly name: string })[] {
    return [...this.#heldBy(token)].map(([gate, units]) => ({ gate, units, name: this.get(gate).name }))
  }

  publish(): void {
    const { gates } = this.#queues
    for (const row of this.#changed.values()) gates.put(row)
    for (const [token, held] of this.#holds)
      if (held.size > 0) gates.holds.set(token, held)
      else gates.holds.delete(token)
  }

  /** Takes back what had to be visible at once. */
  discard(): void {
    for (const undo of this.#undo) undo()
  }

  #heldBy(token: number): ReadonlyMap<number, number> {
    return this.#holds.get(token) ?? this.#queues.gates.holds.get(token) ?? none
  }
}

const none: ReadonlyMap<number, number> = new Map()
