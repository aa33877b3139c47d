import { literal, quoted } from '../server/qualify.ts'
import type { QueueEntry } from './queue-entry.ts'

/*
 * The documented views, for queries of users: the same as those of SQLite, by name and column, where a time is a `timestamptz` and
 * a truth is a boolean. They are a stable API and are for reading. No value may break one: JSON is read by functions that find
 * nothing in what is none, or in what no text of Postgres can hold.
 */

/** The functions that the views use. */
const createFields = `
create function pw_field(value text, name text) returns text language plpgsql immutable parallel safe as $$
  begin
    if value is null then return null; end if;
    return value::json ->> name;
  exception when others then return null;
  end $$;
create function pw_tag(value text) returns text language plpgsql immutable parallel safe as $$
  begin
    if value is null or json_typeof(value::json -> 'tag') is distinct from 'string' then return null; end if;
    return value::json ->> 'tag';
  exception when others then return null;
  end $$;
create function pw_time(ms bigint) returns timestamptz language sql immutable parallel safe
  as 'select to_timestamp(ms / 1000.0)';`

const time = (ms: string, name: string) => `pw_time(${ms}) as ${name}, ${ms} as ${name}_ms`
const errorOf = (column: string) =>
  ['name', 'code', 'kind'].map((field) => `pw_field(${column}, '${field}') as error_${field}`).join(', ')
const holder = (owner: string) =>
  `case when starts_with(${owner}, 'person:') then substr(${owner}, 8) else ${owner} end as owner`
const there = (column: string) => `case when t.queue is null then null else t.${column} end`

const counted = ['ready', 'leased', '"delayed"', 'dead', 'waiting', 'entered', '"left"']
const statuses = ['ready', 'leased', 'delayed', 'dead', 'waiting']
const oldest = `(select min(at) from (values ${statuses
  .map(
    (status) =>
      `((select arrived_at from pw_tokens where queue = q.ref and status = '${status}' order by arrived_at limit 1))`,
  )
  .join(', ')}) as o(at))`

const shutOf = (name: string) =>
  `(select g.state from pw_shown_gates g where g.name = ${name} and g.key is null and g.state <> 'open' limit 1)`

/** The body of each view. */
const views = {
  queues: `select q.name, q.workflow, q.role, ${counted
    .slice(0, 4)
    .map((name) => `coalesce(c.${name}, 0) as ${name}`)
    .join(', ')},
    pw_time(q.oldest_ms) as oldest, q.oldest_ms, coalesce(${shutOf('q.name')} = 'closed', false) as paused, q.view as table_name,
    coalesce(c.waiting, 0) as waiting, coalesce(c.entered, 0) as entered, coalesce(c."left", 0) as "left",
    case when c.ready > 0 then (select g.name || ': ' || g.state from pw_shown_gates g where g.key is null and g.state <> 'open' and
      (g.name = q.name or g.name in (select b ->> 'gate' from json_array_elements(coalesce(q.behind, '[]')::json) b)) limit 1) end as parked
    from (select q.*, ${oldest} as oldest_ms from pw_queues q) q
    left join (select queue, ${counted.map((name) => `sum(${name})::bigint as ${name}`).join(', ')} from pw_counts group by queue) c on c.queue = q.ref
    where not q.retired or q.oldest_ms is not null
    union all select name, workflow, 'inbox', waiting, 0, 0, refused, pw_time(oldest_ms), oldest_ms, false, name collate "default", 0, null,
      null, null from inboxes where waiting + refused > 0`,
  tokens: `select t.workflow, t.id, q.name as queue, pw_tag(t.value) as state, t.status, t.hop, ${there('attempts')} as attempts,
    pw_field(t.error, 'message') as error, t.parent, pw_time(t.entered_at) as entered, pw_time(t.finished_at) as finished,
    t.entered_at as entered_ms, t.finished_at as finished_ms, t.outcome, pw_time(${there('arrived_at')}) as since,
    ${there('arrived_at')} as since_ms, ${there('priority')} as priority, ${there('crashes')} as crashes, ${time('t.due', 'due')},
    ${holder('t.owner')}, ${time('t.leased_at', 'leased')}, ${time('t.until', 'until')},
    pw_field(t.progress, 'fraction') as progress, pw_field(t.progress, 'note') as progress_note, ${errorOf('t.error')}, t.value,
    case when t.status = 'waiting' then t.waits end as waits, case when t.status = 'waiting' then t.missing end as missing
    from pw_tokens t left join pw_queues q on q.ref = t.queue`,
  history: `select pw_time(h.at) as time, coalesce(t.workflow, q.workflow) as workflow, t.id, nullif(h.hop, 0) as hop, q.name as queue,
    h.event, h.attempt, h.actor, h.reason, h.fields, pw_field(h.error, 'message') as error, h.work_ms, h.at as time_ms, h.line,
    z.name as to_queue, ${holder('h.owner')}, h.deploy, ${errorOf('h.error')}
    from pw_history h left join pw_tokens t on t.token = h.token left join pw_queues q on q.ref = h.queue
    left join pw_queues z on z.ref = h.target`,
  messages: `select q.workflow, q.name as queue, t.token, t.id, t.hop, t.value, t.status, t.suspect, t.priority, t.attempts, t.crashes,
    t.lease, t.deploy, t.arrived_at as entered_at, t.parent, t.owner, t.until, t.due, t.error, t.progress, t.leased_at
    from pw_queues q join pw_tokens t on t.queue = q.ref`,
  processes: `select r.workflow, substr(r.key, 9) as owner, ${['host', 'pid', 'name', 'deploy', 'stages'].map((name) => `pw_field(r.value, '${name}') as ${name}`).join(', ')},
    pw_field(r.value, 'startedAt')::bigint as started_ms, pw_time(pw_field(r.value, 'startedAt')::bigint) as started,
    pw_time(r.until) as ends, r.until as ends_ms
    from pw_records r where r.token = 0 and r.hop = 0 and starts_with(r.key, 'process/') and r.until > pw_now()`,
  letters: `select t.workflow, t.id, l.seq, nullif(l.hop, 0) as hop, l.name, l.key, l.value, l.failure, l.sender, ${time('l.at', 'time')}
    from pw_letters l join pw_tokens t on t.token = l.token where not l.read and t.queue is not null and l.hop in (0, t.hop)`,
  steps: `select t.workflow, t.id, s.hop, s.path, s.kind, s.name, s.deploy, s.value, s.failure, ${time('s.at', 'time')}
    from pw_steps s join pw_tokens t on t.token = s.token where t.queue is not null and s.hop = t.hop`,
  marks: `select q.name as queue, t.workflow, t.id, m.mark, coalesce(m.text, m.number::text) as value, m.number
    from pw_marks m join pw_tokens t on t.token = m.token and t.queue = m.queue and t.hop = m.hop join pw_queues q on q.ref = m.queue`,
  records: `select r.workflow, t.id, nullif(r.hop, 0) as hop, r.key, r.value, r.rev, ${time('r.until', 'ends')}
    from pw_records r left join pw_tokens t on t.token = r.token
    where (r.until is null or r.until > pw_now()) and (r.hop = 0 or (t.queue is not null and t.hop = r.hop))`,
  meters: `select pw_time(m.at) as time, m.at as time_ms, m.ms as span_ms, q.workflow, q.name as queue, z.name as to_queue, m.entered,
    m.moved, m.failed, m.age, m.age_ms, m.work, m.work_ms
    from pw_meters m join pw_queues q on q.ref = m.queue left join pw_queues z on z.ref = m.target`,
  lanes: `select q.name as queue, nullif(l.key, '') as key, l.priority, not l.idle and l.blocked is null as in_line,
    l.blocked is not null as blocked, ${time('l.until', 'until')} from pw_lanes l join pw_queues q on q.ref = l.queue`,
  gates: `select name, key, state, held, "limit", rate, failures, case when state = 'closed' then actor end as actor,
    case when state = 'closed' then reason end as reason, ${time('until_ms', 'until').replace('until_ms as until_ms', 'until_ms')}, windows,
    declared_limit, declared_rate, ${['limit', 'rate'].map((name) => setBy(name)).join(', ')} from pw_shown_gates`,
}

function setBy(name: string): string {
  const own = `(own_${name})`
  return `${own} ->> 'actor' as ${name}_by, ${own} ->> 'reason' as ${name}_reason, pw_time((${own} ->> 'at')::bigint) as ${name}_at,
    (${own} ->> 'at')::bigint as ${name}_at_ms`
}

// What was set by hand, as JSON: for a key, or else for all of them. The texts of gates are ours, so that they are JSON.
const own = (field: string) =>
  `coalesce(g.own::json -> '${field}', a.own::json -> '${field}') as own_${field}`

/** The state of each gate, but for its hours, which SQL cannot know. */
const shownGates = `create view pw_shown_gates as
  select *, case state when 'closed' then closed_until when 'broken' then broken_until end as until_ms from (
  select *, case
    when closed and (closed_until is null or closed_until > pw_now()) then 'closed'
    when broken_until > pw_now() then 'broken'
    when held >= "limit" then 'full'
    when tat - (burst - 1) * (rate ->> 'perMs')::double precision / (rate ->> 'units')::double precision > pw_now() then 'rate'
    else 'open' end as state from (
  select *, coalesce((rate ->> 'burst')::double precision, greatest(1, (rate ->> 'units')::double precision)) as burst from (
  select *, coalesce((own_limit ->> 'to')::bigint, declared_limit) as "limit", coalesce(own_rate -> 'to', declared_rate) as rate from (
  select g.name, nullif(g.key, '') as key, g.closed, g.until as closed_until, g.held, g.tat, g.failures, g.actor, g.reason, g.broken_until,
    (a.declared::json ->> 'limit')::bigint as declared_limit, a.declared::json -> 'rate' as declared_rate,
    a.declared::json -> 'windows' as windows, ${own('limit')}, ${own('rate')}
    from pw_gates g left join pw_gates a on a.name = g.name and a.key = '') g1) g2) g3) g4;`

/** Makes the views that every schema has. */
export const createViews = [
  createFields,
  shownGates,
  ...Object.entries(views).map(([name, body]) => `create view ${name} as ${body};`),
].join('\n')

/** The SQL that makes the view of a queue in a schema. */
export function createQueueView(
  schema: string,
  { view, workflow, ref }: Pick<QueueEntry, 'view' | 'workflow' | 'ref'>,
): string {
  return `create or replace view ${quoted(schema)}.${quoted(view)} as select token, id, hop, value, status, suspect, alone, priority, attempts, crashes,
    lease, deploy, arrived_at as entered_at, frames, parent, owner, until, lease_ms, deadline, due, error, progress, leased_at
    from pw_tokens where workflow = ${literal(workflow)} and queue = ${ref};`
}
