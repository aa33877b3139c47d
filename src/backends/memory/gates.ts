import type { GateState } from '../../queue/gate.ts'
import { GateBook } from '../../queue/rules/gate-book.ts'
import { freshGate, type GateRecord, type Standing, standsBehind } from '../../queue/rules/gate-record.ts'
import { gateStates } from '../../queue/rules/gate-states.ts'
import type { MemoryQueue } from './memory-queue.ts'

/** All gates, and what tokens hold there. */
export class Gates extends GateBook<MemoryQueue> {
  readonly #rows = new Map<number, GateRecord>()
  readonly #refs = new Map<string, number>()
  /** The units that tokens hold, by the numbers of token and gate. */
  readonly holds = new Map<number, ReadonlyMap<number, number>>()

  /** How many gates there have been. */
  get count(): number {
    return this.#rows.size
  }

  find(name: string, key: string): GateRecord | undefined {
    const ref = this.#refs.get(keyOf(name, key))
    return ref === undefined ? undefined : this.#rows.get(ref)
  }

  get(ref: number): GateRecord {
    return this.#rows.get(ref)!
  }

  put(row: GateRecord): void {
    this.#rows.set(row.ref, row)
    this.#refs.set(keyOf(row.name, row.key), row.ref)
  }

  /** Gives the gates of a queue its new name. */
  rename(from: string, to: string): void {
    for (const row of [...this.#rows.values()]) {
      if (row.name !== from) continue
      this.#refs.delete(keyOf(from, row.key))
      this.put({ ...row, name: to })
    }
  }

  /** What `Backend.gates` says. */
  states(queues: readonly MemoryQueue[], now: number): readonly GateState[] {
    return gateStates(this, [...this.#rows.values()], { queues: queues.map(standOf), now })
  }

  protected owing(name: string, now: number): readonly GateRecord[] {
    return this.ofKeys(name).filter(({ state }) => state.tat > now)
  }

  /** The gates of keys at one of a name. */
  ofKeys(name: string): readonly GateRecord[] {
    return [...this.#rows.values()].filter((row) => row.name === name && row.key !== '')
  }

  protected make(name: string, key: string): GateRecord {
    const row = freshGate(this.count + 1, name, key)
    this.put(row)
    return row
  }

  protected stand(queue: MemoryQueue): Standing {
    return standOf(queue)
  }
}

/** The queues that stand behind a gate. */
export function standing(queues: readonly MemoryQueue[], gate: string): readonly MemoryQueue[] {
  return queues.filter((queue) => standsBehind(standOf(queue), gate))
}

/** A queue, as the gates know it. */
export function standOf({ name, spec: { behind = [] } }: MemoryQueue): Standing {
  return { name, behind }
}

function keyOf(name: string, key: string): string {
  return JSON.stringify([name, key])
}
