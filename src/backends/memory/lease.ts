import type { LeaseRequest, Renewal } from '../../queue/backend.ts'
import type { Fence } from '../../queue/change.ts'
import type { Leased } from '../../queue/rows.ts'
import { Admitting } from '../../queue/rules/admitting.ts'
import { matches } from '../../queue/rules/filter.ts'
import { commonNames } from '../../queue/rules/gate-record.ts'
import { lease as leaseOne, makeReady } from '../../queue/rules/lease.ts'
import { holds, renewed } from '../../queue/rules/stay.ts'
import { candidateOf } from './candidate.ts'
import { Draft } from './draft.ts'
import { standing, standOf } from './gates.ts'
import type { MemoryQueue, TokenRecord } from './memory-queue.ts'
import type { Queues } from './queues.ts'
import { leasedOf } from './show-record.ts'

/** Leases for `request`; due and expired messages become ready first. */
export function lease(
  queues: Queues,
  queue: MemoryQueue,
  request: LeaseRequest,
): { readonly leased: readonly Leased[]; readonly ended: Draft } {
  const ended = new Draft(queues)
  if (new Admitting(ended, queue).isShut) return { leased: [], ended }
  // Also of the other queues behind its gates: a message there whose worker is gone may hold what is wanted here.
  for (const each of sharing(queues, queue))
    for (const record of each.lapsed(ended))
      if (each === queue || record.stay.held?.paid) makeReady(ended, record)
  ended.publish()
  const leasing = new Draft(queues)
  const next = leaseNext(leasing, { queues, queue, request })
  for (const { stay, arrivedAt } of next)
    if (stay.lease === 0) queues.meters.tellLease(leasing.now, queue, leasing.now - arrivedAt)
  leasing.publish()
  return { leased: next.map(({ token }) => leasedOf(queues.tokens.of(token)!)), ended }
}

function sharing(queues: Queues, queue: MemoryQueue): readonly MemoryQueue[] {
  if (!queue.gated) return [queue]
  const shared = commonNames(standOf(queue)).flatMap((name) => standing(queues.all(), name))
  return [...new Set([queue, ...shared])]
}

interface Next {
  readonly queues: Queues
  readonly queue: MemoryQueue
  readonly request: LeaseRequest
}

// In turns, up to the first that does not fit at a gate at which all pay.
function leaseNext(draft: Draft, { queues, queue, request }: Next): readonly TokenRecord[] {
  const { ids, limit = ids?.length ?? 1, only } = request
  const admitting = queue.gated ? new Admitting(draft, queue) : undefined
  const leased: TokenRecord[] = []
  const turns = queue.lanes.inTurn(request, (record) => !only || matches(only, candidateOf(record, queues)))
  let next = turns.next('leased')
  while (leased.length < limit && next.value) {
    const record = next.value
    const paid = admitting ? admitting.pay(record.token, record.key, record.asks) : []
    if (!paid && admitting?.isOver) break
    if (paid) {
      leaseOne(draft, record, request, paid.length > 0 ? paid : undefined)
      leased.push(record)
    }
    // Behind what does not fit there may be what holds its units already.
    next = turns.next(paid ? 'leased' : 'passed over')
  }
  return leased
}

/** Renews the leases of `owner` that `fences` prove, each as far as its deadline allows. */
export function extend(queues: Queues, owner: string, fences: readonly Fence[]): Renewal {
  const draft = new Draft(queues)
  const kept = new Set<number>()
  const held = fences.filter((fence) => {
    const queue = queues.find(fence.queue)
    const known = queue && draft.known(queue.workflow, fence.id)
    if (known?.queue !== queue || !known || !holds(known.hop, known.stay, fence)) return false
    if (known.stay.held!.owner !== owner) return false
    draft.save(known.token, renewed(known.stay, draft.elapsed))
    kept.add(known.token)
    return true
  })
  draft.publish()
  const strays = queues.all().flatMap((queue) =>
    queue
      .heldBy(owner)
      .filter(({ token, stay }) => !kept.has(token) && stay.held!.until > draft.elapsed)
      .map(({ id, hop, stay }) => ({ queue: queue.name, id, hop, lease: stay.lease })),
  )
  return { held, strays }
}
