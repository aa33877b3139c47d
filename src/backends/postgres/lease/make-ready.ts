import { makeReady } from '../../../queue/rules/lease.ts'
import { renewed } from '../../../queue/rules/stay.ts'
import { Needs } from '../commit/needs.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'

/** So many messages at most are made ready by one lease, so that no transaction gets long. */
const batch = 1000

/** The leases that this process holds: its worker lives, though it may have been kept from renewing one. */
export interface OwnLeases {
  has(token: number, hop: number, lease: number): boolean
}

/** Makes messages of queues ready that are due, or whose leases have run out. */
export async function makeAllReady(
  open: OpenTransaction,
  queues: readonly QueueEntry[],
  own: OwnLeases,
): Promise<void> {
  await makeTheseReady(open, await findLapsed(open, queues), own)
}

/**
 * The messages of queues that are due, or whose leases have run out; of all queues but the first only those whose leases have paid at gates.
 * They are locked; those that another transaction has in hand are left to it.
 */
export async function findLapsed(
  open: OpenTransaction,
  queues: readonly QueueEntry[],
): Promise<readonly number[]> {
  const { now, elapsed } = open.moment
  const [first, ...others] = queues.map(({ ref }) => ref)
  const found = await open.look<{ token: number }>(
    `select token from pw_tokens where token = any(array(
       (select token from pw_tokens where queue = $1 and due <= $3 and status in ('delayed', 'waiting') order by due limit ${batch})
       union all (select token from pw_tokens where queue = $1 and status = 'leased' and until <= $4 order by until limit ${batch})
       union all (select token from pw_tokens where queue = any($2::integer[]) and status = 'leased' and until <= $4 and tolls is not null
         order by until limit ${batch}))) order by token for update skip locked`,
    first,
    others,
    now,
    elapsed,
  )
  return found.map(({ token }) => token)
}

/** Makes those ready that were found so. */
export async function makeTheseReady(
  open: OpenTransaction,
  found: readonly number[],
  own: OwnLeases,
): Promise<void> {
  if (found.length === 0) return
  const { elapsed } = open.moment
  const needs = new Needs()
  for (const token of found) needs.add('token', { token })
  await open.expect(needs)
  for (const token of found)
    await open.run((draft) => {
      const state = draft.of(token)
      const { hop, stay } = state
      const { held, lease } = stay
      const isLate = held && held.until <= elapsed && elapsed < held.deadline
      if (isLate && own.has(token, hop, lease)) draft.save(token, renewed(stay, elapsed))
      else makeReady(draft, draft.knownAs(state))
    })
}
