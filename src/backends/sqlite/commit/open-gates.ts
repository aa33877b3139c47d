import { isPipewrightError } from '../../../queue/errors.ts'
import { GateBook } from '../../../queue/rules/gate-book.ts'
import { freshGate, type GateRecord, type Standing, standsBehind } from '../../../queue/rules/gate-record.ts'
import type { GatesWorld, Paying } from '../../../queue/rules/gates-world.ts'
import type { Paid } from '../../../queue/rules/paid.ts'
import type { Connection } from '../file/connection.ts'
import { GateRows } from '../tables/gate-rows.ts'
import { prepared } from '../tables/prepared.ts'
import { type QueueEntry, standOf } from '../tables/queue-entry.ts'
import type { Registry } from '../tables/registry.ts'
import type { TokenRows } from '../tables/token-rows.ts'
import type { News } from './news.ts'
import type { OpenLanes } from './open-lanes.ts'

/** What gates need of the transaction that they are part of. */
interface Around {
  readonly registry: Registry
  readonly rows: TokenRows
  readonly news: News
  readonly lanes: OpenLanes
  /** Records that the request has changed something. */
  changed(): void
  /** Notifies listeners that something in a queue may have become visible. */
  notify(queue: QueueEntry): void
}

/**
 * The gates in the transaction that is open: each is read once, and written at its end, so that a turn in which many messages pass
 * a gate pays for two statements.
 */
export class OpenGates extends GateBook<QueueEntry> implements GatesWorld<QueueEntry> {
  readonly #db: Connection
  readonly #open: Around
  readonly #rows: GateRows
  readonly #byRef = new Map<number, GateRecord>()
  readonly #refs = new Map<string, number>()
  readonly #changed = new Set<number>()
  readonly #standing = new Map<string, readonly QueueEntry[]>()
  #generation = -1

  constructor(db: Connection, open: Around) {
    super()
    this.#db = db
    this.#open = open
    this.#rows = new GateRows(db)
  }

  find(name: string, key: string): GateRecord | undefined {
    const ref = this.#refs.get(keyOf(name, key))
    if (ref !== undefined) return this.#byRef.get(ref)
    const row = this.#rows.find(name, key)
    return row && this.#learn(row)
  }

  get(ref: number): GateRecord {
    // A row that was deleted by hand: what was paid there is of no account any more.
    return this.#byRef.get(ref) ?? this.#learn(this.#rows.get(ref) ?? freshGate(ref, `${ref}`, ''))
  }

  queueNamed(name: string): QueueEntry | undefined {
    try {
      return this.#open.registry.queue(name)
    } catch (error) {
      if (isPipewrightError(error) && error.code === 'not_found') return undefined
      throw error
    }
  }

  put(row: GateRecord): void {
    this.#open.changed()
    this.#byRef.set(row.ref, row)
    this.#changed.add(row.ref)
  }

  protected owing(name: string, now: number): readonly GateRecord[] {
    this.settle()
    return this.#rows.owing(name, now).map((ref) => this.get(ref))
  }

  protected make(name: string, key: string): GateRecord {
    this.#open.changed()
    return this.#learn(freshGate(this.#rows.insert(name, key), name, key))
  }

  protected stand(queue: QueueEntry): Standing {
    return standOf(queue)
  }

  ring(gate: number, isTurned: boolean): void {
    const { name, key } = this.get(gate)
    const { lanes, news } = this.#open
    news.rung.add(name)
    for (const queue of this.standing(name)) {
      if (queue.keyed && isTurned) lanes.unblockAll(queue.ref)
      else if (queue.keyed) lanes.unblock(queue.ref, key)
      this.#open.notify(queue)
    }
  }

  /** The queues that stand behind a gate. */
  standing(name: string): readonly QueueEntry[] {
    const { registry } = this.#open
    if (this.#generation !== registry.generation) this.#standing.clear()
    this.#generation = registry.generation
    const known = this.#standing.get(name)
    if (known) return known
    const found = registry.all().filter((queue) => !queue.retired && standsBehind(standOf(queue), name))
    const queues = found.flatMap(({ ref }) => registry.of(ref) ?? [])
    this.#generation = registry.generation
    this.#standing.set(name, queues)
    return queues
  }

  mustPay(queue: QueueEntry): readonly Paying[] {
    this.#mark('gated = 1 where ref = ?', queue.ref)
    return this.#open.rows.leasedIn(queue.ref)
  }

  mustHold({ workflow }: QueueEntry): void {
    this.#mark('holding = 1 where workflow = ?', workflow)
  }

  // All processes look again at what they know of queues.
  #mark(what: string, which: string | number): void {
    this.#open.changed()
    prepared<unknown[], never>(this.#db, `update pw_queues set ${what}`).run(which)
    prepared<[], never>(this.#db, 'update pw_declared set times = times + 1').run()
    this.#open.registry.redeclared()
  }

  keyOf(token: number): string {
    const sql = 'select l.key from pw_tokens t join pw_lanes l on l.ref = t.lane where t.token = ?'
    return prepared<[number], string>(this.#db, sql).pluck().get(token) ?? ''
  }

  heldBy(token: number, gate: number): number {
    return this.#rows.heldBy(token, gate)
  }

  hold(token: number, gate: number, units: number): void {
    this.#open.changed()
    this.#rows.hold(token, gate, units)
  }

  holdsOf(token: number): readonly (Paid & { readonly name: string })[] {
    return this.#rows.holdsOf(token)
  }

  /** Gives the gates of a queue its new name. */
  rename(from: string, to: string): void {
    this.settle()
    this.clear()
    this.#rows.rename(from, to)
  }

  /** Writes all that has changed. */
  settle(): void {
    if (this.#changed.size === 0) return
    for (const ref of this.#changed) this.#write(this.#byRef.get(ref)!)
    this.#changed.clear()
  }

  /** Forgets what was read, and changed, in a transaction. */
  clear(): void {
    if (this.#byRef.size === 0) return
    this.#byRef.clear()
    this.#refs.clear()
    this.#changed.clear()
  }

  #write(row: GateRecord): void {
    this.#rows.save(row)
    if (row.key !== '') return
    const { closed } = row.state
    const paused = closed && closed.until === undefined ? 1 : 0
    prepared<unknown[], never>(
      this.#db,
      'update pw_queues set paused = ? where name = ? and paused <> ?',
    ).run(paused, row.name, paused)
  }

  #learn(row: GateRecord): GateRecord {
    this.#byRef.set(row.ref, row)
    this.#refs.set(keyOf(row.name, row.key), row.ref)
    return row
  }
}

function keyOf(name: string, key: string): string {
  return `${name}\0${key}`
}
