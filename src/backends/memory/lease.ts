import type { LeaseRequest, Renewal } from '../../queue/backend.ts'
import type { Fence } from '../../queue/change.ts'
import type { Leased } from '../../queue/rows.ts'
import { matches } from '../../queue/rules/filter.ts'
import { lease as leaseOne, makeReady } from '../../queue/rules/lease.ts'
import { holds, renewed } from '../../queue/rules/stay.ts'
import { candidateOf } from './candidate.ts'
import { Draft } from './draft.ts'
import type { MemoryQueue } from './memory-queue.ts'
import type { Queues } from './queues.ts'
import { leasedOf } from './show-record.ts'

/** Leases for `request`; due and expired messages become ready first. */
export function lease(queues: Queues, queue: MemoryQueue, request: LeaseRequest): readonly Leased[] {
  if (queue.paused) return []
  const ending = new Draft(queues)
  for (const record of queue.lapsed(ending)) makeReady(ending, record)
  ending.publish()
  const leasing = new Draft(queues)
  const next = queue.next(
    request,
    (record) => !request.only || matches(request.only, candidateOf(record, queues.clock)),
  )
  for (const record of next) {
    leaseOne(leasing, record, request)
    const { stay, arrivedAt } = record
    if (stay.lease === 0) queues.meters.tellLease(leasing.now, queue, leasing.now - arrivedAt)
  }
  leasing.publish()
  return next.map(({ token }) => leasedOf(queues.tokens.of(token)!))
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
