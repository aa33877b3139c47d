import type { Parked } from '../../../queue/gate.ts'
import { type GateSource, parkedFor } from '../../../queue/rules/gate-record.ts'
import type { Session } from '../server/database.ts'
import { type QueueEntry, standOf } from '../tables/queue-entry.ts'
import { asksOf } from './asks-of.ts'
import { gatesOf } from './known-gates.ts'

/** So many lanes, and messages that hold units, are looked at in a queue at most. */
const mostLooked = 20

/** What says where a message waits. */
export interface Asker {
  readonly token: number
  readonly key: string
  readonly tolls: string | null
}

interface InQueue extends Asker {
  readonly queue: number
}

/*
 * The messages whose turn it is: one of each of the lanes that are first in line, and of those that are blocked. A queue in which no
 * lane has anything has those without a key.
 */
const firsts = `select q.ref as queue, l.key, m.token, m.tolls
  from unnest($1::integer[]) as q (ref)
  cross join lateral (
    (select ref, key, 1 as part, priority, turn from pw_lanes where queue = q.ref and not idle and blocked is null
      order by priority, turn limit ${mostLooked})
    union all
    (select ref, key, 2, coalesce(until, 0), 0 from pw_lanes where queue = q.ref and blocked is not null
      order by until nulls first limit ${mostLooked})
    union all
    (select 0, '', 3, 0, 0
      where not exists (select 1 from pw_lanes where queue = q.ref and (not idle or blocked is not null)))) l
  cross join lateral (select t.token, t.tolls from pw_tokens t
    where t.queue = q.ref and t.status = 'ready' and t.lane = case when l.key = '' then 0 else l.ref end
    order by t.suspect, t.priority, t.token limit 1) m
  order by q.ref, l.part, l.priority, l.turn`

/** The first messages that hold units already: they may pass a full gate, wherever they are in their lane. */
const holders = `select q.ref as queue, coalesce((select l.key from pw_lanes l where l.ref = m.lane), '') as key, m.token, m.tolls
  from unnest($1::integer[]) as q (ref)
  cross join lateral (select t.token, t.tolls, t.lane from pw_tokens t
    where t.queue = q.ref and t.holds and t.status = 'ready'
    order by t.suspect, t.priority, t.token limit ${mostLooked}) m`

/** Where the ready messages of queues wait, by the numbers of the queues; of those in which one may be leased there is nothing. */
export async function parkedIn(
  session: Session,
  queues: readonly QueueEntry[],
): Promise<ReadonlyMap<number, Parked>> {
  if (queues.length === 0) return new Map()
  const refs = queues.map(({ ref }) => ref)
  const inTurn = await session.rows<InQueue>(firsts, refs)
  const holding = await session.rows<InQueue>(holders, refs)
  const all = [...inTurn, ...holding]
  const gates = await gatesOf(
    session,
    queues,
    all.map(({ key }) => key),
  )
  const holds = await holdsOf(session, all)
  const found = queues.map((queue) => {
    const at = { gates, holds, now: session.moment.now }
    const [first, ...others] = inTurn.filter((each) => each.queue === queue.ref)
    const parked = parkedAt(queue, first, at)
    const rest = [...others, ...holding.filter((each) => each.queue === queue.ref)]
    const isKept = rest.every((each) => parkedAt(queue, each, at) !== undefined)
    return [queue.ref, isKept ? parked : undefined] as const
  })
  return new Map(found.flatMap(([ref, parked]) => (parked ? [[ref, parked]] : [])))
}

/** Where one message of a queue waits; undefined if its gates let it pass. */
export async function parkedOf(
  session: Session,
  queue: QueueEntry,
  message: Asker,
): Promise<Parked | undefined> {
  const gates = await gatesOf(session, [queue], [message.key])
  const holds = gates.all.length === 0 ? noHolds : await holdsOf(session, [message])
  return parkedAt(queue, message, { gates, holds, now: session.moment.now })
}

type Holds = ReadonlyMap<number, ReadonlySet<number>>

const noHolds: Holds = new Map()

/** The gates at which tokens hold units. */
async function holdsOf({ rows }: Session, messages: readonly Asker[]): Promise<Holds> {
  if (messages.length === 0) return noHolds
  const found = await rows<{ token: number; gate: number }>(
    'select token, gate from pw_holds where token = any($1::bigint[])',
    messages.map(({ token }) => token),
  )
  const holds = new Map<number, Set<number>>()
  for (const { token, gate } of found) holds.set(token, (holds.get(token) ?? new Set()).add(gate))
  return holds
}

// Without a message: any that asks for one unit.
function parkedAt(
  queue: QueueEntry,
  message: Asker | undefined,
  { gates, holds, now }: { readonly gates: GateSource; readonly holds: Holds; readonly now: number },
): Parked | undefined {
  const { token = 0, key = '', tolls = null } = message ?? {}
  const held = holds.get(token)
  const asking = { key, asks: asksOf(tolls), holds: (gate: number) => held?.has(gate) === true }
  return parkedFor(gates, standOf(queue), { message: asking, now })
}
