import type { Renewal } from '../../../queue/backend.ts'
import type { Fence } from '../../../queue/change.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'

interface Renewed {
  readonly n: number
}

interface Held {
  readonly queue: number
  readonly id: string
  readonly hop: number
  readonly lease: number
  readonly token: number
}

/** Renews the leases of `owner` that `fences` prove, each as far as its deadline allows, and finds its strays. */
export async function extend(
  open: OpenTransaction,
  owner: string,
  fences: readonly Fence[],
): Promise<Renewal> {
  const { elapsed } = open.moment
  const asked = fences.map((fence) => ({ fence, queue: open.queues.find(fence.queue) }))
  const known = asked.flatMap(({ fence, queue }, n) => (queue ? [{ fence, queue, n }] : []))
  const renewed =
    known.length === 0
      ? []
      : await open.rows<Renewed>(
          `with v as (select v.n, v.queue, v.hop, v.lease, i.token from
               unnest($2::text[], $3::text[], $4::integer[], $5::integer[], $6::integer[], $7::integer[]) as v(workflow, id, queue, hop, lease, n)
               join pw_ids i on i.workflow = v.workflow and i.id = v.id),
             locked as (select t.token, v.n from v join pw_tokens t on t.token = v.token and t.queue = v.queue and t.hop = v.hop
               and t.lease = v.lease and t.status = 'leased' and t.owner = $1 order by t.token for update of t)
           update pw_tokens t set until = least($8::bigint + t.lease_ms, t.deadline) from locked l
             where t.token = l.token and t.status = 'leased' returning l.n`,
          owner,
          known.map(({ queue }) => queue.workflow),
          known.map(({ fence }) => fence.id),
          known.map(({ queue }) => queue.ref),
          known.map(({ fence }) => fence.hop),
          known.map(({ fence }) => fence.lease),
          known.map(({ n }) => n),
          elapsed,
        )
  const held = new Set(renewed.map(({ n }) => n))
  const all = await open.rows<Held>(
    `select t.queue, t.id, t.hop, t.lease, t.token from pw_queues q join pw_tokens t on t.queue = q.ref and t.status = 'leased'
       where t.owner = $1 and t.until > $2`,
    owner,
    elapsed,
  )
  const names = new Set(
    known.filter(({ n }) => held.has(n)).map(({ fence, queue }) => placeOf(queue.ref, fence)),
  )
  return {
    held: asked.flatMap(({ fence, queue }) => (queue && names.has(placeOf(queue.ref, fence)) ? [fence] : [])),
    strays: all
      .filter(({ queue, ...fence }) => !names.has(placeOf(queue, fence)))
      .map(({ queue, id, hop, lease }) => ({ queue: open.queues.of(queue)!.name, id, hop, lease })),
  }
}

function placeOf(queue: number, { id, hop, lease }: Pick<Fence, 'id' | 'hop' | 'lease'>): string {
  return JSON.stringify([queue, id, hop, lease])
}
