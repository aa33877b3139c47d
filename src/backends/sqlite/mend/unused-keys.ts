import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'

/*
 * Lanes and gates of keys that say nothing any more: a lane without a message in any status; a gate of a key that is as it was
 * made. Where the key is that of a customer or a book, they would be as many as there ever were. Either is made again,
 * the same, when a message with the key comes.
 */

/** So many lanes and so many gates are looked at in a round. */
const atOnce = 2000
/** A gate that was paid at less long ago is kept: its key may be back in a moment. */
const quietMs = 3_600_000

/** Where the look at lanes and gates goes on. */
export interface KeysSeen {
  readonly lane: number
  readonly gate: number
}

/** What may be dropped, and where the next look begins. */
export interface UnusedKeys {
  readonly lanes: readonly number[]
  readonly gates: readonly number[]
  readonly seen: KeysSeen
}

const messages = ['ready', 'delayed', 'dead', 'waiting'].map(
  (
    status,
  ) => `not exists (select 1 from pw_tokens where queue = l.queue and status is not 'leased' and status = '${status}'
    and lane = l.ref)`,
)
const isUnusedLane = `l.key <> '' and ${messages.join(' and ')}
  and l.ref not in (select lane from pw_tokens where status = 'leased')`
const isUnusedGate = `g.key <> '' and not g.closed and g.own is null and g.held = 0 and g.failures = 0
  and coalesce(g.broken_until, 0) <= @now and g.tat <= @now and g.paid_at < @now - ${quietMs}
  and not exists (select 1 from pw_holds where gate = g.ref)`

const next = (table: string) => `select ref from ${table} where ref > @after order by ref limit 0 + ${atOnce}`
const lanes = `select ref, ${isUnusedLane} as unused from pw_lanes l where ref in (${next('pw_lanes')}) order by ref`
const gates = `select ref, ${isUnusedGate} as unused from pw_gates g where ref in (${next('pw_gates')}) order by ref`

/** Looks at the next lanes and gates. */
export function findUnusedKeys(db: Connection, seen: KeysSeen, now: number): UnusedKeys {
  const look = (sql: string, after: number) =>
    prepared<[object], [ref: number, unused: number]>(db, sql).raw().all({ after, now })
  const [someLanes, someGates] = [look(lanes, seen.lane), look(gates, seen.gate)]
  const unused = (rows: typeof someLanes) => rows.flatMap(([ref, is]) => (is ? [ref] : []))
  const last = (rows: typeof someLanes) => (rows.length < atOnce ? 0 : rows.at(-1)![0])
  return {
    lanes: unused(someLanes),
    gates: unused(someGates),
    seen: { lane: last(someLanes), gate: last(someGates) },
  }
}

/** Drops those that still say nothing, in the transaction that is open. */
export function dropUnusedKeys(db: Connection, open: OpenTransaction, { lanes, gates }: UnusedKeys): void {
  open.settle()
  open.gates.settle()
  // What was read of them in this transaction would be written to rows that are gone.
  open.gates.clear()
  const refs = (all: readonly number[]) => ({ refs: JSON.stringify(all), now: open.now })
  const those = 'ref in (select value from json_each(@refs))'
  prepared<[object], never>(db, `delete from pw_lanes as l where ${those} and ${isUnusedLane}`).run(
    refs(lanes),
  )
  prepared<[object], never>(db, `delete from pw_gates as g where ${those} and ${isUnusedGate}`).run(
    refs(gates),
  )
}
