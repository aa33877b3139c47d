import { inLineOf, oldestOf } from './schema.ts'

const count = (status: string) =>
  `(select count(*) from pw_tokens where ${inLineOf('q.ref')} and status = '${status}') as ${status}`
const utc = (ms: string) => `strftime('%Y-%m-%dT%H:%M:%fZ', ${ms} / 1000.0, 'unixepoch')`
const stands = `(g.name = q.name or exists (select 1 from json_each(q.behind) b where json_extract(b.value, '$.gate') = g.name))`

/** The body of the documented view `queues`, since migration 8: with the gate at which messages wait. */
export const queuesView = `select name, workflow, role, ready, leased, delayed, dead, ${utc('oldest_ms')} as oldest, oldest_ms,
  exists (select 1 from gates g where g.name = q.name and g.key is null and g.state = 'closed') as paused, view as table_name,
  iif(ready > 0, (select g.name || ': ' || g.state from gates g where g.key is null and g.state <> 'open' and ${stands} limit 1), null) as parked
from (select q.*, ${count('ready')},
    (select count(*) from pw_tokens where status = 'leased' and queue = q.ref) as leased,
    ${count('delayed')}, ${count('dead')}, ${oldestOf('q.ref')} as oldest_ms from pw_queues q) q
where not retired or oldest_ms is not null
union all select name, workflow, 'inbox', waiting, 0, 0, refused, ${utc('oldest_ms')}, oldest_ms, 0, name, null from inboxes where waiting + refused > 0`
