import type { Leased } from '../../../queue/rows.ts'
import { tellClaim } from '../../../queue/rules/lease.ts'
import { termOf } from '../../../queue/rules/stay.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import { InHand } from '../commit/request.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { type LeasedCells, leasedOf } from '../tables/row.ts'
import { leaseBehindGates } from './lease-behind-gates.ts'
import type { Leasing } from './leasing.ts'
import { makeAllReady } from './make-ready.ts'
import { matching } from './matching.ts'
import { isSuspect } from './suspects.ts'

interface Chores {
  readonly shut: boolean
  readonly chores: boolean
}

/** Leases messages, due and expired ones among them, in the transaction that is open. */
export async function lease(leasing: Leasing): Promise<readonly Leased[]> {
  const { open, queue, request, own } = leasing
  if (queue.gated || queue.keyed || request.key !== undefined) return leaseBehindGates(leasing)
  const { shut, chores } = await look(open, queue)
  if (shut) return []
  if (chores) await makeAllReady(open, [queue], own)
  const { ids, only, limit = ids?.length ?? 1, suspects = 'include' } = request
  const tokens = ids || only ? await matching(open, queue, { request, limit }) : undefined
  const which = tokens
    ? `token = any($9::bigint[]) and status = 'ready' and queue = $1`
    : `queue = $1 and lane = 0 and status = 'ready'`
  const term = termOf(request, open.moment)
  const rows = await open.rows<LeasedCells & { arrived_at: number }>(
    `with picked as (select token from pw_tokens where ${which} ${isSuspect[suspects]}
       order by suspect, priority, token limit $2 for update skip locked)
     update pw_tokens t set ${setLeased} from picked where t.token = picked.token returning ${returned}`,
    ...[
      queue.ref,
      limit,
      term.owner,
      term.leasedAt,
      term.until,
      term.leaseMs,
      term.deadline,
      request.alone ?? false,
    ],
    ...(tokens ? [tokens] : []),
  )
  if (rows.length < limit) await waitForOthers(leasing, { which, tokens, isNone: rows.length === 0 })
  if (rows.length === 0) return []
  const found = rows.toSorted(byTurn)
  await tell(leasing, found)
  return found.map((row) => leasedOf(row))
}

interface Wanted {
  /** Which messages are wanted, by the parameters $1 and $9. */
  readonly which: string
  readonly tokens: readonly number[] | undefined
  readonly isNone: boolean
}

// Another transaction may have locked a message to lease it, or for what leaves it where it is: then no one tells of it afterwards.
async function waitForOthers(
  { open, queue, request, isPatient }: Leasing,
  { which, tokens, isNone }: Wanted,
): Promise<void> {
  const { suspects = 'include' } = request
  const [left] = await open.look<{ left: boolean }>(
    `select exists (select from pw_tokens where ${which.replace('$9', '$2')} ${isSuspect[suspects]}) as left`,
    queue.ref,
    ...(tokens ? [tokens] : []),
  )
  if (!left!.left) return
  if (isNone && isPatient) throw new InHand()
  open.news.expectDue(open.moment.now + inHandMs)
}

/** After so long listeners are called for what another transaction had in hand, in milliseconds. */
const inHandMs = 50

/** What a lease sets in a row, by the parameters from $3 on. */
const setLeased = `status = 'leased', lease = t.lease + 1, due = null, waits = null, missing = null, owner = $3, leased_at = $4, until = $5,
  lease_ms = $6, deadline = $7, alone = $8`
const returned = `t.token, t.suspect, t.priority, t.id, t.hop, t.value, t.frames, t.parent, t.deploy, t.lease, t.attempts, t.crashes, t.arrived_at`

function byTurn(a: LeasedCells, b: LeasedCells): number {
  return Number(a.suspect) - Number(b.suspect) || a.priority - b.priority || a.token - b.token
}

// A reader is told nothing of a lease but at a desk; what is counted is.
async function tell(
  { open, queue, request }: Leasing,
  rows: readonly (LeasedCells & { readonly arrived_at: number })[],
): Promise<void> {
  const { now, elapsed } = open.moment
  for (const { lease, arrived_at } of rows)
    if (lease === 1) open.meters.tellLease(now, queue.ref, { ageMs: now - arrived_at })
  open.news.expectUntil(elapsed + Math.min(request.leaseMs, request.timeoutMs))
  await open.run((draft) => {
    draft.counts.lease(queue.ref, rows.length)
    if (queue.role === 'review')
      for (const { token, id, hop } of rows)
        tellClaim(draft, { token, id, hop }, { queue, owner: request.owner })
  })
}

async function look(open: OpenTransaction, queue: QueueEntry): Promise<Chores> {
  const { now, elapsed } = open.moment
  const [found] = await open.look<Chores>(
    `select exists (select from pw_gates where name = $2 and key = '' and closed and (until is null or until > $3)) as shut,
       exists (select from pw_tokens where queue = $1 and due <= $3) or
       exists (select from pw_tokens where queue = $1 and status = 'leased' and until <= $4) as chores`,
    queue.ref,
    queue.name,
    now,
    elapsed,
  )
  return found!
}
