import type { QueueCount } from '../../../queue/backend.ts'
import type { Role } from '../../../queue/declaration.ts'
import type { Moment } from '../../../queue/lapse.ts'
import { isClosedAt } from '../../../queue/rules/gate.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'
import { inLineOf, oldestOf } from '../tables/schema.ts'
import { GatesInFile } from './gates.ts'

interface Counted {
  readonly queue: string
  readonly workflow: string
  readonly role: Role
  readonly ref: number
  readonly behind: string | null
  readonly retired: number
  readonly ready: number
  readonly leased: number
  readonly delayed: number
  readonly dead: number
  readonly due: number
  readonly lapsed: number
  readonly oldestAt: number | null
}

const rows = (which: string) => `(select count(*) from pw_tokens where ${which})`
const resting = (status: string) => rows(`${inLineOf('q.ref')} and status = '${status}'`)

const counts = `select q.name as queue, q.workflow, q.role, q.ref, q.behind, q.retired,
    ${resting('ready')} as ready, ${resting('delayed')} as delayed, ${resting('dead')} as dead,
    ${rows(`queue = q.ref and due <= @now and status = 'delayed'`)} as due,
    ${rows(`status = 'leased' and queue = q.ref`)} as leased,
    ${rows(`status = 'leased' and until <= @elapsed and queue = q.ref`)} as lapsed,
    ${oldestOf('q.ref')} as oldestAt
  from pw_queues q where @ref is null or q.ref = @ref order by q.ref`

/** Counts at `moment` of the queue `ref`, or of every queue; of retired ones only while something is in them. */
export function countQueues(db: Connection, moment: Moment, ref?: number): readonly QueueCount[] {
  return prepared<[Moment & { ref: number | null }], Counted>(db, counts)
    .all({ ...moment, ref: ref ?? null })
    .filter((each) => ref !== undefined || !each.retired || each.oldestAt !== null)
    .map((each) => {
      const { queue, workflow, role, due, lapsed, oldestAt } = each
      return {
        ...{ queue, workflow, role },
        ready: each.ready + due + lapsed,
        leased: each.leased - lapsed,
        delayed: each.delayed - due,
        dead: each.dead,
        ...(oldestAt === null ? {} : { oldestAt }),
        ...gatesOf(db, each, moment.now),
      }
    })
}

function gatesOf(
  db: Connection,
  { ref, queue: name, behind, ready, due, lapsed }: Counted,
  now: number,
): Pick<QueueCount, 'paused' | 'parked'> {
  const gates = new GatesInFile(db)
  const own = gates.find(name, '')
  const paused = own !== undefined && isClosedAt(own.state, now)
  const isWaiting = ready + due + lapsed > 0 && (own !== undefined || behind !== null)
  const parked = isWaiting ? gates.parkedIn({ ref, name, behind }, now) : undefined
  return { paused, ...(parked && { parked }) }
}
