import { statuses } from '../../../queue/status.ts'
import { oldestOf, utcOf } from './schema.ts'

const shown = (column: string) => `coalesce(c.${column}, 0) as ${column}`
const stands = `(g.name = q.name or exists (select 1 from json_each(q.behind) b where json_extract(b.value, '$.gate') = g.name))`

/** The body of the documented view `queues`, since it shows the gate at which messages wait. */
export const queuesView = `select name, workflow, role, ready, leased, delayed, dead, ${utcOf('oldest_ms')} as oldest, oldest_ms,
  exists (select 1 from gates g where g.name = q.name and g.key is null and g.state = 'closed') as paused, view as table_name,
  waiting, entered, left,
  iif(ready > 0, (select g.name || ': ' || g.state from gates g where g.key is null and g.state <> 'open' and ${stands} limit 1), null) as parked
from (select q.name, q.workflow, q.role, q.behind, q.view, q.retired, ${[...statuses, 'entered', 'left'].map(shown).join(', ')},
    ${oldestOf('q.ref')} as oldest_ms from pw_queues q left join pw_counts c on c.queue = q.ref) q
where not retired or oldest_ms is not null
union all select name, workflow, 'inbox', waiting, 0, 0, refused, ${utcOf('oldest_ms')}, oldest_ms, 0, name, 0, null, null, null
  from inboxes where waiting + refused > 0`
