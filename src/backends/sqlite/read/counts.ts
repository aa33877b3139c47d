import type { QueueCount } from '../../../queue/backend.ts'
import type { Role } from '../../../queue/declaration.ts'
import type { Moment } from '../../../queue/lapse.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'
import { inLineOf, oldestOf } from '../tables/schema.ts'

interface Counted {
  readonly queue: string
  readonly workflow: string
  readonly role: Role
  readonly paused: number
  readonly retired: number
  readonly ready: number
  readonly leased: number
  readonly delayed: number
  readonly dead: number
  readonly waiting: number
  readonly due: number
  readonly over: number
  readonly lapsed: number
  readonly oldestAt: number | null
}

const rows = (which: string) => `(select count(*) from pw_tokens where ${which})`
const resting = (status: string) => rows(`${inLineOf('q.ref')} and status = '${status}'`)

const counts = `select q.name as queue, q.workflow, q.role, q.paused, q.retired,
    ${resting('ready')} as ready, ${resting('delayed')} as delayed, ${resting('dead')} as dead,
    ${resting('waiting')} as waiting,
    ${rows(`queue = q.ref and due <= @now and status = 'delayed'`)} as due,
    ${rows(`queue = q.ref and due <= @now and status = 'waiting'`)} as over,
    ${rows(`status = 'leased' and queue = q.ref`)} as leased,
    ${rows(`status = 'leased' and until <= @elapsed and queue = q.ref`)} as lapsed,
    ${oldestOf('q.ref')} as oldestAt
  from pw_queues q where @ref is null or q.ref = @ref order by q.ref`

/** Counts at `moment` of the queue `ref`, or of every queue; of retired ones only while something is in them. */
export function countQueues(db: Connection, moment: Moment, ref?: number): readonly QueueCount[] {
  return prepared<[Moment & { ref: number | null }], Counted>(db, counts)
    .all({ ...moment, ref: ref ?? null })
    .filter((each) => ref !== undefined || !each.retired || each.oldestAt !== null)
    .map(({ queue, workflow, role, paused, due, over, lapsed, oldestAt, ...each }) => ({
      ...{ queue, workflow, role },
      ready: each.ready + due + over + lapsed,
      leased: each.leased - lapsed,
      delayed: each.delayed - due,
      dead: each.dead,
      waiting: each.waiting - over,
      ...(oldestAt === null ? {} : { oldestAt }),
      paused: paused !== 0,
    }))
}
