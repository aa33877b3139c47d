import type { LeaseRequest } from '../../queue/backend.ts'
import type { Clock } from '../../queue/clock.ts'
import { longestDelayMs } from '../../queue/delay.ts'
import { holderOf } from '../../queue/person.ts'
import type { Leased } from '../../queue/rows.ts'
import type { Arrival, Term } from './arrivals.ts'
import { promoteDue, reclaimExpired, reclaimUnlessHeld } from './expiry.ts'
import { type Ledger, settle } from './ledger.ts'
import type { ReadyKey } from './look-statements.ts'
import type { QueueTable } from './queue-table.ts'
import { type LeasedCells, leasedArrival, leasedOf } from './row.ts'

const paused = 1
const someDue = 2
const someExpired = 4
/** In the answer of the probe: something is due or expired. */
const someChore = 4
/** In the answer of the probe: what is ready that a request asks for. */
const readyBits = { include: 1 | 2, exclude: 1, only: 2 } as const

/** Leases messages, due and expired ones among them, in the transaction that is open. */
export function lease(ledger: Ledger, table: QueueTable, request: LeaseRequest): readonly Leased[] {
  const { turn } = ledger
  ledger.departures.settleAt(table)
  const chores = table.looks.chores.get(turn.now, turn.elapsed)!
  if (chores & paused) return []
  const leased = request.ids ? leaseIds(ledger, table, request) : leaseNext(ledger, table, request, chores)
  if (leased.length === 0) return leased
  turn.dirty = true
  if (table.entry.role === 'review') tellClaims(ledger, table, { leased, owner: request.owner })
  turn.nextUntil = Math.min(turn.nextUntil, turn.elapsed + Math.min(request.leaseMs, request.timeoutMs))
  return leased
}

// From a desk it is a person who leases, and that is worth a line; workers lease at every hop.
function tellClaims(
  { history, tokens, turn }: Ledger,
  table: QueueTable,
  { leased, owner }: { readonly leased: readonly Leased[]; readonly owner: string },
): void {
  for (const { id, hop } of leased) {
    const token = tokens.refOf(table, id)!
    const key = { at: turn.now, token, hop, queue: table.entry.ref }
    history.add(key, 'claimed', { actor: holderOf(owner), owner })
  }
}

/** Whether a lease would find anything now: reads only, and cheap enough for an idle worker. Throws what SQLite throws. */
export function wouldLease(table: QueueTable, { suspects = 'include' }: LeaseRequest, clock: Clock): boolean {
  const found = table.looks.probe.get(clock.now(), clock.elapsed())!
  return found >= someChore || (found & readyBits[suspects]) > 0
}

function leaseNext(ledger: Ledger, table: QueueTable, request: LeaseRequest, chores: number): Leased[] {
  if (chores & someDue) promoteDue(ledger, table)
  if (chores & someExpired) reclaimExpired(ledger, table)
  const { limit = 1, suspects = 'include' } = request
  const term = termOf(request, ledger.turn.elapsed)
  const arrived = suspects === 'only' ? [] : ledger.arrivals.at(table)
  if (arrived.length === 0) return mark(ledger, table, table.looks.ready(suspects).all(limit), term)
  const waiting = table.looks.readyKeys(suspects).all(limit)
  const share = shareOfArrived(waiting, arrived, limit)
  const before = Math.min(waiting.length, limit - share)
  const leased = before === 0 ? [] : mark(ledger, table, table.looks.ready(suspects).all(before), term)
  for (const each of ledger.arrivals.lease(table, share, term)) {
    ledger.tokens.remember(table, each.id, each.token)
    leased.push(leasedArrival(each))
  }
  return before > 0 && share > 0 ? leased.sort(byTurn) : leased
}

function byTurn(a: Leased, b: Leased): number {
  return Number(a.suspect) - Number(b.suspect) || a.priority - b.priority
}

/** How many of the messages that have just arrived are among the first `limit`, with those that were there before. */
function shareOfArrived(waiting: readonly ReadyKey[], arrived: readonly Arrival[], limit: number): number {
  let before = 0
  let share = 0
  while (share < arrived.length && before + share < limit) {
    const first = waiting[before]
    if (first && isBefore(first, arrived[share]!)) before++
    else share++
  }
  return share
}

function isBefore([token, suspect, priority]: ReadyKey, arrival: Arrival): boolean {
  if (suspect !== 0) return false
  return priority < arrival.priority || (priority === arrival.priority && token < arrival.token)
}

function leaseIds(ledger: Ledger, table: QueueTable, request: LeaseRequest): Leased[] {
  const { ids = [], limit = ids.length, suspects = 'include' } = request
  settle(ledger)
  const tokens = ids.flatMap((id) => ledger.tokens.refOf(table, id) ?? [])
  for (const token of tokens) makeReady(ledger, table, token)
  const cells = table.looks.readyAmong(suspects).all(JSON.stringify(tokens), limit)
  return mark(ledger, table, cells, termOf(request, ledger.turn.elapsed))
}

// One statement that finds, changes and returns rows takes twice as long as finding them and changing them by key.
function mark(
  { tokens, turn }: Ledger,
  table: QueueTable,
  cells: readonly LeasedCells[],
  term: Term,
): Leased[] {
  table.lease.run(cells, [term.owner, term.until, term.leaseMs, term.deadline, term.alone, turn.now])
  return cells.map((each) => {
    each[9]++
    tokens.remember(table, each[3], each[0])
    return leasedOf(each)
  })
}

function termOf({ owner, leaseMs, timeoutMs, alone }: LeaseRequest, elapsed: number): Term {
  const deadline = Math.ceil(elapsed + Math.min(timeoutMs, longestDelayMs))
  const until = Math.min(Math.ceil(elapsed + leaseMs), deadline)
  return {
    owner,
    until,
    leaseMs: Math.ceil(Math.min(leaseMs, longestDelayMs)),
    deadline,
    alone: alone ? 1 : 0,
  }
}

function makeReady(ledger: Ledger, table: QueueTable, token: number): void {
  const { turn } = ledger
  const found = table.answers.peek.get(token)
  if (!found) return
  if (found.status === 'delayed' && found.due! <= turn.now) {
    table.times.promoteOne.run(found.token)
    turn.dirty = true
  } else if (found.status === 'leased' && found.until! <= turn.elapsed) {
    reclaimUnlessHeld(ledger, table, table.times.expiredOne.get(found.token)!)
  }
}
