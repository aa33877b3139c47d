import type { Connection } from '../file/connection.ts'
import { eventNumbers } from '../file/history-events.ts'
import { freeName } from './free-name.ts'
import { queuesView } from './queues-view.ts'
import { utcOf } from './schema.ts'

/*
 * Gates. `declared` and `own` are settings as JSON: what a declaration says, and what was set by hand (`to`, by whom, when, why), which
 * stands before it; a gate of a key has those of the gate without one. `held` is the sum of what leased messages have paid (in `tolls` of their rows) and of the
 * holds. `tat` and `paid_at` are the rate, see rules/gate.ts. Times are wall time, in milliseconds.
 *
 * Of a queue: the gates that it stands behind beside its own; whether its leases pay (`gated`), its tokens hold units until they
 * leave (`holding`), and its messages have keys (`keyed`), so that all others are leased without a look at any of this. Of a message whether its
 * token holds units (`holds`): those may pass where others have stopped. `paused` is
 * 1 while its own gate is shut until it is opened: processes of older versions read it.
 */
const createTables = `
  create table pw_gates (
    ref integer primary key,
    name text not null,
    key text not null default '',
    declared text check (json_valid(declared)),
    own text check (json_valid(own)),
    closed integer not null default 0,
    actor text,
    reason text,
    until integer,
    held integer not null default 0,
    tat real not null default 0,
    paid_at integer not null default 0,
    failures integer not null default 0,
    broken_until integer,
    unique (name, key)
  ) strict;
  create table pw_holds (
    token integer not null,
    gate integer not null,
    units integer not null,
    primary key (token, gate)
  ) strict, without rowid;
  create table pw_lanes (
    ref integer primary key,
    queue integer not null,
    key text not null,
    priority integer not null default 0,
    turn integer not null,
    idle integer not null default 0,
    suspects integer not null default 0,
    blocked integer,
    until integer,
    unique (queue, key)
  ) strict;
  create index pw_lanes_line on pw_lanes (queue, priority, turn) where idle = 0 and blocked is null;
  create index pw_lanes_blocked on pw_lanes (queue, until) where blocked is not null;
  create index pw_lanes_suspects on pw_lanes (queue) where suspects = 1;
  alter table pw_tokens add column holds integer not null default 0;
  create index pw_holding on pw_tokens (queue, suspect, priority)
    where holds = 1 and status is not 'leased' and status = 'ready';
  alter table pw_queues add column behind text check (json_valid(behind));
  alter table pw_queues add column gated integer not null default 0;
  alter table pw_queues add column holding integer not null default 0;
  alter table pw_queues add column keyed integer not null default 0;
  alter table pw_queues add column turn integer not null default 0;
  insert into pw_gates (name, closed, actor, reason)
    select q.name, 1, h.actor, h.reason from pw_queues q left join pw_history h on h.line =
      (select max(line) from pw_history where token = 0 and queue = q.ref and event = ${eventNumbers.paused})
    where q.paused and not q.retired;`

const now = `cast((julianday('now') - 2440587.5) * 86400000 as integer)`
// What was set by hand, as JSON: for a key, or else for all of them.
const own = (field: string) =>
  `coalesce(json_extract(g.own, '$.${field}'), json_extract(a.own, '$.${field}')) as own_${field}`
const setting = (field: string) =>
  `coalesce(json_extract(own_${field}, '$.to'), json_extract(declared, '$.${field}')) as "${field}",
            json_extract(declared, '$.${field}') as declared_${field}`
const setBy = (field: string) => `json_extract(own_${field}, '$.actor') as ${field}_by,
  json_extract(own_${field}, '$.reason') as ${field}_reason,
  ${utcOf(`json_extract(own_${field}, '$.at')`)} as ${field}_at, json_extract(own_${field}, '$.at') as ${field}_at_ms`

/** The state of each gate, but for its hours, which SQL cannot know. */
const gatesView = `select name, key, state, held, "limit", rate, failures, iif(state = 'closed', actor, null) as actor,
  iif(state = 'closed', reason, null) as reason,
  ${utcOf('until_ms')} as until, until_ms, windows,
  declared_limit, declared_rate, ${setBy('limit')}, ${setBy('rate')}
from (select *, case state when 'closed' then closed_until when 'broken' then broken_until end as until_ms
  from (select *, case
      when closed and (closed_until is null or closed_until > ${now}) then 'closed'
      when broken_until > ${now} then 'broken'
      when held >= "limit" then 'full'
      when tat - (burst - 1) * json_extract(rate, '$.perMs') / json_extract(rate, '$.units') > ${now} then 'rate'
      else 'open' end as state
    from (select *, coalesce(json_extract(rate, '$.burst'), max(1, json_extract(rate, '$.units'))) as burst
      from (select *, ${setting('limit')}, ${setting('rate')}, json_extract(declared, '$.windows') as windows
        from (select g.name, nullif(g.key, '') as key, g.closed, g.until as closed_until, g.held, g.tat, g.failures,
            g.actor, g.reason, g.broken_until, a.declared, ${own('limit')}, ${own('rate')}
          from pw_gates g left join pw_gates a on a.name = g.name and a.key = '')))))`

const lanesView = `select q.name as queue, nullif(l.key, '') as key, l.priority, l.idle = 0 and l.blocked is null as in_line,
  l.blocked is not null as blocked, ${utcOf('l.until')} as until, l.until as until_ms
from pw_lanes l join pw_queues q on q.ref = l.queue`

/** Makes the tables of gates and lanes and their views, in the transaction that is open. Queues that are paused stay so. */
export function createGates(db: Connection): void {
  db.exec(createTables)
  for (const name of ['gates', 'lanes']) freeName(db, name)
  db.exec(`create view gates as ${gatesView}; create view lanes as ${lanesView};
    drop view queues; create view queues as ${queuesView};`)
}

/** Lets what was set by hand at a gate say who has set it, when and why, and the view show it, in the transaction that is open. */
export function createOverrides(db: Connection): void {
  const kept = (field: string, type: string) =>
    `iif(json_type(own, '$.${field}') = '${type}', json_object('to', json_extract(own, '$.${field}'), 'at', ${now}), null)`
  db.exec(`update pw_gates set own = nullif(json_patch('{}', json_object('limit', ${kept('limit', 'integer')}, 'rate', ${kept('rate', 'object')})), '{}')
      where own is not null;
    drop view gates; create view gates as ${gatesView};`)
}
