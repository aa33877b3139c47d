import type { Leased, LeaseRequest } from '../../queue/backend.ts'
import type { Clock } from '../../queue/clock.ts'
import { promoteDue, reclaim, reclaimExpired } from './expiry.ts'
import type { Ledger } from './ledger.ts'
import type { QueueTable } from './queue-table.ts'
import { type LeasedCells, leasedOf } from './row.ts'
import { isBusy } from './sqlite-error.ts'

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
  const chores = table.chores.get(turn.now, turn.elapsed)!
  if (chores & paused) return []
  const cells = request.ids ? leaseIds(ledger, table, request) : leaseNext(ledger, table, request, chores)
  if (cells.length === 0) return []
  turn.dirty = true
  turn.nextUntil = Math.min(turn.nextUntil, turn.elapsed + Math.min(request.leaseMs, request.timeoutMs))
  return cells.map(leasedOf)
}

/** Whether a lease would find anything now: reads only, and cheap enough for an idle worker. */
export function wouldLease(table: QueueTable, { suspects = 'include' }: LeaseRequest, clock: Clock): boolean {
  try {
    const found = table.probe.get(clock.now(), clock.elapsed())!
    return found >= someChore || (found & readyBits[suspects]) > 0
  } catch (error) {
    if (isBusy(error)) return true
    throw error
  }
}

function leaseNext(ledger: Ledger, table: QueueTable, request: LeaseRequest, chores: number): LeasedCells[] {
  if (chores & someDue) promoteDue(ledger, table)
  if (chores & someExpired) reclaimExpired(ledger, table)
  const { limit = 1, owner, suspects = 'include' } = request
  const { until, leaseMs, deadline } = termOf(request, ledger.turn.elapsed)
  return mark(ledger, table, { cells: table.ready[suspects].all(limit), owner, until, leaseMs, deadline })
}

function leaseIds(ledger: Ledger, table: QueueTable, request: LeaseRequest): LeasedCells[] {
  const { ids = [], limit = ids.length, owner, suspects = 'include' } = request
  const tokens = ids.flatMap((id) => ledger.tokens.refOf(table, id) ?? [])
  for (const token of tokens) makeReady(ledger, table, token)
  const { until, leaseMs, deadline } = termOf(request, ledger.turn.elapsed)
  const cells = table.readyAmong(suspects).all(JSON.stringify(tokens), limit)
  return mark(ledger, table, { cells, owner, until, leaseMs, deadline })
}

interface Marking {
  readonly cells: LeasedCells[]
  readonly owner: string
  readonly until: number
  readonly leaseMs: number
  readonly deadline: number
}

// One statement that finds, changes and returns rows takes twice as long as finding them and changing each by key.
function mark({ tokens }: Ledger, table: QueueTable, { cells, ...term }: Marking): LeasedCells[] {
  for (const each of cells) {
    table.lease.run(term.owner, term.until, term.leaseMs, term.deadline, each[0])
    each[9]++
    tokens.remember(table, each[3], each[0])
  }
  return cells
}

function termOf({ leaseMs, timeoutMs }: LeaseRequest, elapsed: number) {
  const deadline = Math.ceil(elapsed + timeoutMs)
  return { until: Math.min(Math.ceil(elapsed + leaseMs), deadline), leaseMs: Math.ceil(leaseMs), deadline }
}

function makeReady(ledger: Ledger, table: QueueTable, token: number): void {
  const { turn } = ledger
  const found = table.peek.get(token)
  if (!found) return
  if (found.status === 'delayed' && found.due! <= turn.now) {
    table.promoteOne.run(found.token)
    turn.dirty = true
  } else if (found.status === 'leased' && found.until! <= turn.elapsed) {
    reclaim(ledger, table, table.expiredOne.get(found.token)!)
  }
}
