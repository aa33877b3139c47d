import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'

/*
 * What gates and lanes count is changed with the messages, so only an edit by hand can make it wrong: a row that is deleted while it is
 * leased has never left its gate, and one that is made ready in a lane that is idle would wait for ever, as would all in a
 * lane that is blocked for one that was deleted.
 */

const held = `coalesce((select sum(p.value) from pw_tokens t, json_each(t.tolls, '$.paid') p
    where t.status = 'leased' and t.tolls is not null and json_valid(t.tolls) and p.key = g.ref), 0)
  + coalesce((select sum(units) from pw_holds h where h.gate = g.ref and h.token in (select token from pw_tokens)), 0)`
const isReady = `queue = l.queue and status is not 'leased' and status = 'ready' and lane = iif(l.key = '', 0, l.ref)`
const isForgotten = `(idle and exists (select 1 from pw_tokens where ${isReady})
  or blocked is not null and not exists (select 1 from pw_tokens where token = l.blocked and ${isReady}))`

/** Whether a gate or a lane counts what is not there. */
export function hasWrongCounts(db: Connection): boolean {
  const wrong = `select exists (select 1 from pw_gates g where held <> ${held})
    or exists (select 1 from pw_lanes l where ${isForgotten})`
  return prepared<[], number>(db, wrong).pluck().get() === 1
}

/** Counts again, in the transaction that is open, and tells those who wait. */
export function recount(db: Connection, open: OpenTransaction): void {
  open.settle()
  open.gates.settle()
  const gates = prepared<[], { ref: number; held: number }>(
    db,
    `select ref, ${held} as held from pw_gates g where held <> ${held}`,
  ).all()
  for (const { ref, held } of gates) {
    open.gates.save(ref, { ...open.gates.of(ref), held })
    open.gates.ring(ref, true)
  }
  const lanes = prepared<[], { queue: number }>(
    db,
    `select distinct queue from pw_lanes l where ${isForgotten}`,
  ).all()
  for (const { queue } of lanes) {
    open.changed()
    open.lanes.wakeAll(queue)
    const entry = open.registry.of(queue)
    if (entry) open.notify(entry)
  }
}
