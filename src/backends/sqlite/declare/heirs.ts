import { haveNoHeir } from '../../../queue/refusals.ts'
import type { Status } from '../../../queue/rows.ts'
import { endLease } from '../../../queue/rules/tolls.ts'
import { type Succession, takerOf } from '../../../queue/succession.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { fieldOf, inLineOf, unleased } from '../tables/schema.ts'

interface Move {
  readonly queue: QueueEntry
  readonly workflow: string
  /** Which queue takes over what, by name. */
  readonly after: Succession<string>
}

const tag = fieldOf('m.value', 'tag')
const inLine = inLineOf('@from')
const here = `token in (select token from pw_tokens where ${inLine}
  union all select token from pw_tokens where status = 'leased' and queue = @from)`
/** Whether a row has one of @tags, or none if null is among them. */
const isMoved = `exists (select 1 from json_each(@tags) each where each.value is ${tag})`

/**
 * Moves messages unchanged to the queues that take them over. Leased ones are given back first, uncharged: their workers
 * are of the version before, and can no longer answer them. Throws a `ConflictError` if no queue takes one of them over.
 */
export function moveMessages(db: Connection, open: OpenTransaction, { queue, workflow, after }: Move): void {
  open.settle()
  const from = { from: queue.ref }
  const tags = prepared<[typeof from], string | null>(
    db,
    `select distinct ${tag} from pw_tokens m where ${here}`,
  )
    .pluck()
    .all(from)
  const takers = tags.map((each) => [each, takerOf(queue.name, each ?? undefined, after)] as const)
  const strays = takers.flatMap(([each, taker]) => (taker === undefined ? [each ?? undefined] : []))
  if (strays.length > 0) {
    const counted = prepared<[object], number>(
      db,
      `select count(*) from pw_tokens m where ${here} and ${isMoved}`,
    )
    const hasHeirs = after.heirs(queue.name)?.length !== 0
    throw haveNoHeir(queue.name, {
      workflow,
      count: counted.pluck().get({ ...from, tags: JSON.stringify(strays.map((each) => each ?? null)) })!,
      tags: hasHeirs ? strays.slice(0, 5) : undefined,
    })
  }
  for (const taker of new Set(takers.map(([, taker]) => taker!))) {
    if (taker === queue.name) continue
    const taken = JSON.stringify(takers.flatMap(([each, to]) => (to === taker ? [each] : [])))
    moveTo(db, open, { queue, to: open.registry.find(taker)!, tags: taken })
  }
}

function moveTo(
  db: Connection,
  open: OpenTransaction,
  { queue, to, tags }: { readonly queue: QueueEntry; readonly to: number; readonly tags: string },
): void {
  // Else what their leases have paid would be lost with these.
  const paying = prepared<[object], number>(
    db,
    `select token from pw_tokens m where status = 'leased' and queue = @from and tolls is not null and ${isMoved}`,
  )
  for (const token of paying.pluck().all({ from: queue.ref, tags })) {
    const { stay } = open.rows.get(token)!
    endLease(open, stay, 'quiet')
    open.save(token, { ...stay, held: { ...stay.held!, paid: undefined } })
  }
  const released = prepared<[object], { token: number; hop: number }>(
    db,
    `update pw_tokens as m set status = 'ready', progress = null, ${unleased}
     where status = 'leased' and queue = @from and ${isMoved} returning token, hop`,
  ).all({ from: queue.ref, tags })
  // A mark of an earlier stay there, which nobody sees any more, may be in the way.
  prepared<[object], never>(
    db,
    `update or replace pw_marks set queue = @to where queue = @from and token in
       (select token from pw_tokens m where ${here} and ${isMoved})`,
  ).run({ from: queue.ref, to, tags })
  prepared<[object], never>(
    db,
    `update pw_texts set queue = @to where queue = @from and token in
       (select token from pw_tokens m where ${here} and ${isMoved})`,
  ).run({ from: queue.ref, to, tags })
  for (const each of released) open.line(each, queue, 'released', {})
  open.counts.turn(queue.ref, 'leased', 'ready', released.length)
  const moved = prepared<[object], { status: Status; count: number }>(
    db,
    `select status, count(*) as count from pw_tokens m where ${here} and ${isMoved} group by status`,
  ).all({ from: queue.ref, tags })
  for (const { status, count } of moved) {
    open.counts.leave(queue.ref, status, count)
    open.counts.come(to, status, count)
  }
  prepared<[object], never>(db, `update pw_tokens as m set queue = @to where ${here} and ${isMoved}`).run({
    from: queue.ref,
    to,
    tags,
  })
  const heir = open.registry.of(to)!
  if (queue.keyed || heir.keyed) open.lanes.moveTo(queue.ref, heir)
}
