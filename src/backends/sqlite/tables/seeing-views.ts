import type { Connection } from '../file/connection.ts'
import { freeName } from './free-name.ts'
import { fieldOf, utcOf } from './schema.ts'

const columns = `q.workflow, q.name as queue, t.token, t.id, t.hop, t.value, t.status, t.suspect, t.priority, t.attempts,
  t.crashes, t.lease, t.deploy, t.arrived_at as entered_at, t.parent, t.owner, t.until, t.due, t.error, t.progress, t.leased_at`

// A term of its own for leased messages, which are in another index; in both a queue is found by its name, a token by its id.
const messages = `create view messages as
select ${columns} from pw_queues q join pw_tokens t on t.queue = q.ref and t.status is not 'leased'
union all select ${columns} from pw_tokens t join pw_queues q on q.ref = t.queue where t.status = 'leased'`

const field = (name: string) => `${fieldOf('r.value', name)} as ${name}`

const processes = `create view processes as
select r.workflow, substr(r.key, 9) as owner, ${['host', 'pid', 'name', 'deploy', 'stages'].map(field).join(', ')},
  ${fieldOf('r.value', 'startedAt')} as started_ms, ${utcOf(fieldOf('r.value', 'startedAt'))} as started,
  ${utcOf('r.until')} as ends, r.until as ends_ms
from pw_records r
where r.token = 0 and r.hop = 0 and r.key >= 'process/' and r.key < 'process0'
  and r.until > cast((julianday('now') - 2440587.5) * 86400000 as integer)`

/** Makes the views of all messages and of the processes that work, in the transaction that is open. */
export function createSeeingViews(db: Connection): void {
  for (const [name, view] of Object.entries({ messages, processes })) {
    freeName(db, name)
    db.exec(view)
  }
}
