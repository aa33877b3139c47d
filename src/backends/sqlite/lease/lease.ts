import type { LeaseRequest } from '../../../queue/backend.ts'
import type { Clock } from '../../../queue/clock.ts'
import type { Leased } from '../../../queue/rows.ts'
import { tellClaim } from '../../../queue/rules/lease.ts'
import { termOf } from '../../../queue/rules/stay.ts'
import type { Json } from '../../../schema/json.ts'
import type { Arrived } from '../commit/move.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { GatesInFile } from '../read/gates.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { type Found, leaseCells } from './found.ts'
import { leaseBehindGates } from './lease-behind-gates.ts'
import { type LeaseRows, paused, type ReadyKey, someDue, someExpired } from './lease-rows.ts'
import type { ReadyCells } from './ready.ts'
import { makeReady, promoteDue, reclaimExpired } from './reclaim.ts'

/** Leases messages, due and expired ones among them, in the transaction that is open. */
export function lease(
  open: OpenTransaction,
  rows: LeaseRows,
  { queue, request }: { readonly queue: QueueEntry; readonly request: LeaseRequest },
): readonly Leased[] {
  if (open.box.hasIn(queue)) open.settle()
  const chores = rows.chores({ queue: queue.ref, now: open.now, elapsed: open.elapsed })
  if (chores & paused) return []
  const found =
    queue.gated || queue.keyed || request.key !== undefined
      ? leaseBehindGates(open, rows, { queue, request })
      : request.ids
        ? leaseIds(open, rows, { queue, request })
        : leaseNext(open, rows, { queue, request, chores })
  if (found.length === 0) return []
  open.changed()
  for (const { token, message } of found) open.ids.learn(queue.workflow, message.id, token)
  const { owner } = request
  if (queue.role === 'review')
    for (const { token, message } of found) tellClaim(open, { token, ...message }, { queue, owner })
  open.news.expectUntil(open.elapsed + Math.min(request.leaseMs, request.timeoutMs))
  return found.map(({ message }) => message)
}

/** Whether a lease would find anything now: reads only, and cheap enough for an idle worker. Throws what SQLite throws. */
export function wouldLease(
  rows: LeaseRows,
  queue: QueueEntry,
  {
    request,
    clock,
    gates,
  }: { readonly request: LeaseRequest; readonly clock: Clock; readonly gates: GatesInFile },
): boolean {
  const { suspects = 'include', ids, key } = request
  const look = { queue: queue.ref, now: clock.now(), elapsed: clock.elapsed() }
  const isThere = rows.wouldFind(look, suspects)
  if (!queue.gated && !queue.keyed) return key === undefined ? isThere : rows.hasChores(look)
  if (queue.gated && gates.isShut(queue, look.now)) return false
  if (rows.hasChores(look) || ids) return true
  if (!queue.keyed) return isThere && !gates.parkedIn(queue, look.now)
  return (
    rows.tolled.wouldTurn(look, suspects, key) || (queue.gated > 0 && gates.letsHoldersPass(queue, look.now))
  )
}

interface Next {
  readonly queue: QueueEntry
  readonly request: LeaseRequest
  readonly chores: number
}

function leaseNext(
  open: OpenTransaction,
  rows: LeaseRows,
  { queue, request, chores }: Next,
): readonly Found[] {
  if (chores & someDue) promoteDue(open, queue)
  if (chores & someExpired) reclaimExpired(open, queue)
  if (request.only) return leaseMatching(open, rows, { queue, request })
  const { ref } = queue
  const { limit = 1, suspects = 'include', alone = false } = request
  const term = termOf(request, open)
  const mark = (cells: readonly ReadyCells[]) =>
    leaseCells(open, rows, { queue: ref, cells, term: { ...term, alone } })
  const arrived = suspects === 'only' ? [] : open.arrivedAt(queue)
  if (arrived.length === 0) return mark(rows.ready(ref, suspects, limit))
  const waiting = rows.readyKeys(ref, suspects, limit)
  const share = shareOfArrived(waiting, arrived, limit)
  const before = Math.min(waiting.length, limit - share)
  const found = before === 0 ? [] : mark(rows.ready(ref, suspects, before))
  for (const move of open.leaseArrived(queue, share, term)) found.push(arrivedOf(move))
  if (share > 0) open.meters.tellLease(ref, { ageMs: 0, times: share })
  return before > 0 && share > 0 ? found.sort(byTurn) : found
}

function byTurn({ message: a }: Found, { message: b }: Found): number {
  return Number(a.suspect) - Number(b.suspect) || a.priority - b.priority
}

/** How many of the messages that have just arrived are among the first `limit`, with those that were there before. */
function shareOfArrived(waiting: readonly ReadyKey[], arrived: readonly Arrived[], limit: number): number {
  let before = 0
  let share = 0
  while (share < arrived.length && before + share < limit) {
    const first = waiting[before]
    if (first && isBefore(first, arrived[share]!)) before++
    else share++
  }
  return share
}

function isBefore([token, suspect, priority]: ReadyKey, arrival: Arrived): boolean {
  if (suspect !== 0) return false
  return priority < arrival.to.priority || (priority === arrival.to.priority && token < arrival.token)
}

function leaseIds(
  open: OpenTransaction,
  rows: LeaseRows,
  { queue, request }: Omit<Next, 'chores'>,
): readonly Found[] {
  const { ids = [], limit = ids.length, suspects = 'include', alone = false } = request
  open.settle()
  const tokens = ids.flatMap((id) => open.ids.of(queue.workflow, id) ?? [])
  for (const token of tokens) {
    const row = open.rows.get(token)
    if (row?.queue === queue.ref) makeReady(open, queue, row)
  }
  if (request.only) return leaseMatching(open, rows, { queue, request, tokens })
  const cells = rows.readyAmong(queue.ref, suspects, { tokens, limit })
  return leaseCells(open, rows, { queue: queue.ref, cells, term: { ...termOf(request, open), alone } })
}

/** What a filter wants, in the order of any lease; all that has just come is in the table then. */
function leaseMatching(
  open: OpenTransaction,
  rows: LeaseRows,
  { queue, request, tokens }: Omit<Next, 'chores'> & { readonly tokens?: readonly number[] },
): readonly Found[] {
  const { only = {}, limit = tokens?.length ?? 1, suspects = 'include', alone = false } = request
  open.settle()
  const moment = { now: open.now, elapsed: open.elapsed }
  const matching = rows.matching(queue, { only, tokens, suspects, limit, moment })
  const cells = rows.readyAmong(queue.ref, suspects, { tokens: matching, limit })
  return leaseCells(open, rows, { queue: queue.ref, cells, term: { ...termOf(request, open), alone } })
}

/** A message that is leased for the first time, as it comes. */
function arrivedOf({ token, id, to }: Arrived): Found {
  const { hop, value, frames, priority, parent, deploy } = to
  const message: Leased = {
    id,
    hop,
    priority,
    deploy,
    value: value === undefined ? undefined : (JSON.parse(value) as Json),
    frames: frames === undefined ? [] : (JSON.parse(frames) as Json[]),
    parent: parent ?? undefined,
    lease: 1,
    attempts: 0,
    crashes: 0,
    suspect: false,
  }
  return { token, message }
}
