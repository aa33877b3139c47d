import type { TurnGate } from '../change.ts'
import { type Gate, inPace } from './gate.ts'
import {
  commonNames,
  type GateRecord,
  type GateSource,
  gateOf,
  postNames,
  type Standing,
} from './gate-record.ts'
import { setByHand } from './gate-settings.ts'
import type { GatesWorld, Post } from './gates-world.ts'

type Known = 'posts' | 'common' | 'named' | 'own' | 'of' | 'save' | 'set'

/** Gates as records that can be found, made and kept; what follows from these is the same for all backends. */
export abstract class GateBook<Queue extends { readonly name: string }>
  implements GateSource, Pick<GatesWorld<Queue>, Known>
{
  abstract find(name: string, key: string): GateRecord | undefined
  abstract get(ref: number): GateRecord
  /** Keeps a gate as it is now. */
  abstract put(row: GateRecord): void
  /** The gates of keys at one of a name that have let more through than the pace allows at `now`. */
  protected abstract owing(name: string, now: number): readonly GateRecord[]
  /** Makes a gate that nothing has passed. */
  protected abstract make(name: string, key: string): GateRecord
  /** A queue, as the gates know it. */
  protected abstract stand(queue: Queue): Standing

  /** The gate of a name and a key, which is made if need be. */
  obtain(name: string, key = ''): GateRecord {
    return this.find(name, key) ?? this.make(name, key)
  }

  posts(queue: Queue, key: string | undefined): readonly Post[] {
    return postNames(this.stand(queue), key).map((post) => ({
      ...post,
      gate: this.obtain(post.name, post.key).ref,
    }))
  }

  common(queue: Queue): readonly number[] {
    return commonNames(this.stand(queue)).map((name) => this.obtain(name).ref)
  }

  named(name: string, key = ''): readonly number[] {
    return this.find(name, '')?.declared ? [this.obtain(name, key).ref] : []
  }

  own({ name }: Queue, key = ''): number {
    return this.obtain(name, key).ref
  }

  of(gate: number): Gate {
    return gateOf(this, gate)
  }

  save(gate: number, { closed, held, tat, paidAt, failures, brokenUntil }: Gate): void {
    this.put({ ...this.get(gate), state: { closed, held, tat, paidAt, failures, brokenUntil } })
  }

  set(gate: number, change: TurnGate, now: number): Pick<TurnGate, 'limit' | 'rate'> {
    const row = this.get(gate)
    const { own, changed } = setByHand(row.own, change, now)
    this.alter({ ...row, own }, now)
    return changed
  }

  /** Gives a gate other settings: what it, and those of its keys, have let through too early by the old pace is owed by the new one. */
  alter(row: GateRecord, now: number): void {
    const { ref, name, key } = row
    const before = this.of(ref).rate
    this.put(row)
    const after = this.of(ref).rate
    if (JSON.stringify(before) === JSON.stringify(after)) return
    const rows = key === '' ? [row, ...this.owing(name, now).filter(({ own }) => !own.rate)] : [row]
    for (const each of rows) this.put({ ...each, state: inPace(each.state, { before, after, now }) })
  }
}
