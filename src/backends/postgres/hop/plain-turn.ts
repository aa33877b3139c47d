import type { Leased } from '../../../queue/rows.ts'
import { commonNames } from '../../../queue/rules/gate-record.ts'
import { Metering, minuteMs } from '../../../queue/rules/metering.ts'
import { termOf } from '../../../queue/rules/stay.ts'
import { News } from '../commit/news.ts'
import type { Database } from '../server/database.ts'
import { answerMs } from '../server/patience.ts'
import { type QueueEntry, standOf } from '../tables/queue-entry.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import { type LeasedCells, leasedOf } from '../tables/row.ts'
import type { PlainHop } from './plain-hop.ts'
import type { PlainLease } from './plain-lease.ts'

interface Cells extends LeasedCells {
  readonly kind: 'now' | 'leased' | 'long' | 'rung' | 'stale' | 'isolated'
  /** The place of the lease, from 1. */
  readonly n: number
  /** Of a message; and, in the last row, the seats: numbers with commas between them. */
  readonly value: string
  readonly arrived_at: number
}

/** What has become of the hops and leases of a turn. */
export interface PlainDone {
  /** Of each hop, whether it was done; else its fence does not hold, or its record is there. */
  readonly hops: readonly boolean[]
  /** Of each lease, its messages; undefined if it has to go the long way. */
  readonly leases: readonly (readonly Leased[] | undefined)[]
  readonly news: News
  readonly meters: Metering<number>
  readonly moment: { readonly now: number; readonly elapsed: number }
  readonly beganAt: number
}

/** Which transaction it is. */
interface Turn {
  readonly database: Database
  readonly writer: number
  readonly slot: number
  readonly turn: number
  /** Called when it is sent: from then on it may have been done. */
  readonly sent: () => void
}

/**
 * Does plain hops and leases in one statement. Nothing was done if queues have been declared since (`stale`), or if statements are
 * transactions of another isolation (`isolated`).
 */
export async function plainTurn(
  { database, writer, slot, turn, sent }: Turn,
  hops: readonly PlainHop[],
  leases: readonly PlainLease[],
): Promise<PlainDone | 'stale' | 'isolated'> {
  const { names } = database
  const around = aroundOf(names, hops, leases)
  const at = database.fixedMoment()
  const beganAt = database.elapsed()
  const rows = await database.connected((client) => {
    sent()
    return database.statements.rows<Cells>(
      client,
      sql,
      [
        ...[names.version, at?.now ?? null, at?.elapsed ?? null, slot, writer, turn],
        ...[around.zones, around.gates, around.standing],
        ...cellsOfHops(hops),
        ...cellsOfLeases(leases),
      ],
      answerMs,
    )
  })
  const [first] = rows
  if (first?.kind === 'stale' || first?.kind === 'isolated') return first.kind
  const { value: seats, arrived_at: now } = rows.at(-1)!
  const done = {
    hops: hops.map(() => true),
    leases: leases.map((): LeasedCells[] | undefined => []),
  }
  for (const [i, seat] of seats === '' ? [] : seats.split(',').entries()) {
    if (seat === '-1') done.hops[i] = false
    else if (seat !== '0') done.leases[Number(seat) - 1]!.push(cellsAsLeased(hops[i]!))
  }
  for (const row of rows) {
    if (row.kind === 'leased') done.leases[row.n - 1]!.push(row)
    else if (row.kind === 'long') done.leases[row.n - 1] = undefined
  }
  const rung = rows.flatMap(({ kind, id }) => (kind === 'rung' ? [id] : []))
  const moment = { now, elapsed: at?.elapsed ?? now }
  const news = new News()
  const meters = new Metering<number>(minuteMs)
  for (const [i, hop] of hops.entries()) if (done.hops[i]) tellHop(hop, { news, meters, now })
  const messages = done.leases.map(
    (cells, i) => cells && tellLease(leases[i]!, cells, { news, meters, moment }),
  )
  keepForOthers(news, hops, { done, leases })
  for (const gate of rung) ring(news, gate, { names, leases, done })
  return { hops: done.hops, leases: messages, news, meters, moment, beganAt }
}

interface Done {
  readonly hops: readonly boolean[]
  readonly leases: readonly (readonly LeasedCells[] | undefined)[]
}

// What has come and was leased in the same turn is nothing to others.
function keepForOthers(
  news: News,
  hops: readonly PlainHop[],
  { done, leases }: { readonly done: Done; readonly leases: readonly PlainLease[] },
): void {
  const left = new Map<QueueEntry, number>()
  const add = (queue: QueueEntry, count: number) => left.set(queue, (left.get(queue) ?? 0) + count)
  for (const [i, { to }] of hops.entries()) if (done.hops[i]) add(to, 1)
  for (const [i, { queue }] of leases.entries()) add(queue, -(done.leases[i]?.length ?? 0))
  for (const [queue, count] of left) if (count <= 0) news.own.add(queue)
}

// More may pass at a gate: elsewhere too, unless a lease of this turn has found no more.
function ring(
  news: News,
  gate: string,
  { names, leases, done }: { names: QueueNames; leases: readonly PlainLease[]; done: Done },
): void {
  news.rung.add(gate)
  for (const queue of names.standing(gate)) {
    news.notify(queue)
    const isAllTaken = leases.some(({ queue: of, request }, i) => {
      const given = done.leases[i]?.length
      return of === queue && given !== undefined && given < (request.limit ?? 1)
    })
    if (isAllTaken) news.own.add(queue)
    else news.own.delete(queue)
  }
}

interface Around {
  /** The zones that the turn has for itself, in the order in which all take them. */
  readonly zones: readonly string[]
  /** The names of the gates at which hops may give back, each with a queue with lanes that stands there, null for none. */
  readonly gates: readonly string[]
  readonly standing: readonly (number | null)[]
}

function aroundOf(names: QueueNames, hops: readonly PlainHop[], leases: readonly PlainLease[]): Around {
  const paid = new Set(hops.flatMap(({ from }) => (from.gated ? [from] : [])))
  const arriving = hops.flatMap(({ to }) => (to.keyed ? [to] : []))
  const queues = new Set([...paid, ...arriving, ...leases.map(({ queue }) => queue)])
  const gates = [...new Set([...paid].flatMap((queue) => commonNames(standOf(queue))))]
  const standing = gates.flatMap((gate) => {
    const found = names.standing(gate).filter(({ keyed }) => keyed)
    return (found.length > 0 ? found : [undefined]).map((queue) => ({ gate, ref: queue?.ref ?? null }))
  })
  return {
    zones: [...new Set([...queues].flatMap((queue) => names.zoneOf(queue) ?? []))].sort(),
    gates: standing.map(({ gate }) => gate),
    standing: standing.map(({ ref }) => ref),
  }
}

const sql = `select * from pw_turn(${Array.from({ length: 38 }, (_, i) => `$${i + 1}`).join(', ')})`

interface Telling {
  readonly news: News
  readonly meters: Metering<number>
}

function tellHop(
  { pop, push, from, to }: PlainHop,
  { news, meters, now }: Telling & { readonly now: number },
): void {
  const { delayMs = 0 } = push
  if (delayMs > 0) news.expectDue(Math.ceil(now + delayMs))
  else news.notify(to)
  meters.tell({ at: now, queue: from.ref, to: to.ref, kind: 'moved', workMs: pop.workMs })
}

function tellLease(
  { queue, request, pass }: PlainLease,
  cells: readonly (LeasedCells & { readonly arrived_at?: number })[],
  { news, meters, moment }: Telling & { readonly moment: PlainDone['moment'] },
): readonly Leased[] {
  if (cells.length > 0) news.expectUntil(moment.elapsed + Math.min(request.leaseMs, request.timeoutMs))
  const inTurn = cells.length < 2 || pass !== undefined ? cells : cells.toSorted(byTurn)
  return inTurn.map((row) => {
    if (row.lease === 1)
      meters.tellLease(moment.now, queue.ref, { ageMs: moment.now - (row.arrived_at ?? moment.now) })
    return leasedOf(row)
  })
}

function byTurn(a: LeasedCells, b: LeasedCells): number {
  return Number(a.suspect) - Number(b.suspect) || a.priority - b.priority || a.token - b.token
}

/** A message that is leased as it comes, under its first lease. */
function cellsAsLeased({ token, push, value, frames }: PlainHop): LeasedCells {
  const { id, hop, priority, parent = null, deploy } = push.token
  return {
    token,
    id,
    hop,
    priority,
    parent,
    deploy,
    value,
    frames,
    suspect: false,
    lease: 1,
    attempts: 0,
    crashes: 0,
  }
}

// Arrays by column, in the order of the parameters of `pw_turn`. Tokens in one order everywhere, so that no two turns wait for each other:
// the caller has sorted them.
function cellsOfHops(hops: readonly PlainHop[]): readonly unknown[] {
  return [
    hops.map(({ token }) => token),
    hops.map(({ from }) => from.ref),
    hops.map(({ pop }) => pop.hop),
    hops.map(({ pop }) => pop.lease),
    hops.map(({ to }) => to.ref),
    hops.map(({ push }) => push.token.hop),
    hops.map(({ value }) => value),
    hops.map(({ frames }) => frames),
    hops.map(({ push }) => push.token.priority),
    hops.map(({ push }) => push.token.deploy),
    hops.map(({ push: { delayMs = 0 } }) => (delayMs > 0 ? Math.ceil(delayMs) : null)),
    hops.map(({ to }) => to.role === 'output'),
    hops.map(({ pop }) => pop.attempt ?? null),
    hops.map(({ pop }) => pop.workMs ?? null),
    hops.map(({ pop }) => pop.owner ?? null),
    hops.map(({ pop, push }) => pop.deploy ?? push.token.deploy),
    hops.map(({ pop }) => pop.id),
    ...cellsOfRecords(hops),
    hops.some(({ to }) => to.keyed) ? hops.map(({ to, push: { key = '' } }) => (to.keyed ? key : null)) : [],
  ]
}

function cellsOfRecords(hops: readonly PlainHop[]): readonly unknown[] {
  if (!hops.some(({ record }) => record)) return [[], [], []]
  return [
    hops.map(({ record }) => record?.workflow ?? null),
    hops.map(({ record }) => record?.key ?? null),
    hops.map(({ record }) => (record ? Math.ceil(record.forMs!) : null)),
  ]
}

function cellsOfLeases(leases: readonly PlainLease[]): readonly unknown[] {
  const moment = { now: 0, elapsed: 0 }
  const terms = leases.map(({ request }) => termOf(request, moment))
  return [
    leases.map(({ queue }) => queue.ref),
    leases.map(({ request }) => request.limit ?? 1),
    leases.map(({ request }) => request.suspects ?? 'include'),
    leases.map(({ request }) => request.owner),
    terms.map(({ leaseMs }) => leaseMs),
    terms.map(({ deadline }) => deadline),
    leases.map(({ request }) => request.alone ?? false),
    leases.map(({ pass }) => pass ?? null),
  ]
}
