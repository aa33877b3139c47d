import { isUnrecorded, keepRecords, withRoom } from './turn-parts.ts'

/**
 * Lets the tokens enter of a turn: returns their numbers, and of each the place of the lease by which its message is leased as it comes, 0 if
 * by none, -1 if it does not enter here: its id is known, or its record is there already, and what that means is left to the rules.
 *
 * `turn` is the turn of a message among those that enter a queue; `room` are the seats that are left of the leases. What it runs with is set by
 * `pw_turn`. Ids come after the tokens of hops in the order of locks.
 */
export const createEnter = `
create function pw_enter(at bigint, el bigint,
  e_queue integer[], e_workflow text[], e_id text[], e_turn integer[], e_value text[], e_frames text[], e_priority bigint[], e_deploy integer[],
  e_delay bigint[], e_trace text[], e_kept boolean[], e_record_of text[], e_record text[], e_record_ms bigint[], e_key text[],
  l_queue integer[], room integer[], l_owner text[], l_lease_ms bigint[], l_timeout_ms bigint[], l_alone boolean[],
  out tokens bigint[], out seats integer[]) language plpgsql as $$
declare
  lanes bigint[] := '{}';
  wanted bigint;
  made bigint;
begin
  if cardinality(e_key) > 0 then
    lanes := pw_lanes_of(e_queue, e_key);
  end if;
  select array_agg(case when ${isUnrecorded('e')}
      then nextval('pw_token_numbers') end order by e.n), count(e.record)
    into tokens, wanted from unnest(e_id, e_record_of, e_record) with ordinality as e(id, record_of, record, n);
  insert into pw_ids (workflow, id, token) select e.workflow, e.id, e.token from unnest(e_workflow, e_id, tokens) as e(workflow, id, token)
    where e.token is not null order by e.workflow, e.id on conflict do nothing;
  get diagnostics made = row_count;
  if made < cardinality(tokens) then
    select array_agg(case when i.token = e.token then e.token end order by e.n) into tokens
      from unnest(e_workflow, e_id, tokens) with ordinality as e(workflow, id, token, n)
      left join pw_ids i on i.workflow = e.workflow and i.id = e.id;
  end if;
  if wanted > 0 then
    select count(*) into wanted from unnest(e_record, tokens) as e(record, token) where e.record is not null and e.token is not null;
    ${keepRecords(`unnest(e_record_of, e_record, e_record_ms, tokens) as e(record_of, record, record_ms, token)
          where e.record is not null and e.token is not null`)};
    get diagnostics made = row_count;
    if made < wanted then
      perform pw_again();
    end if;
  end if;
  with l as (${withRoom}),
  e as (
    select e.*, l.n as seat, l.owner, l.lease_ms, l.timeout_ms, coalesce(l.alone, false) as alone
      from unnest(tokens, e_queue, e_workflow, e_id, e_turn, e_value, e_frames, e_priority, e_deploy, e_delay, e_trace, e_kept, lanes) with ordinality
        as e(token, queue, workflow, id, turn, value, frames, priority, deploy, delay, trace, kept, lane, n)
      left join l on l.queue = e.queue and e.turn > l.last - l.room and e.turn <= l.last),
  came as (
    insert into pw_tokens (token, id, workflow, traceparent, queue, hop, value, frames, priority, deploy, lane, entered_at, arrived_at, due,
        status, lease, alone, owner, until, lease_ms, deadline, leased_at)
      select e.token, e.id, e.workflow, e.trace, e.queue, 1, e.value, e.frames, e.priority, e.deploy, coalesce(e.lane, 0), at, at, at + e.delay,
        case when e.delay is not null then 'delayed' when e.seat is null then 'ready' else 'leased' end,
        case when e.seat is null then 0 else 1 end, e.alone, e.owner, el + least(e.lease_ms, e.timeout_ms), e.lease_ms,
        el + e.timeout_ms, case when e.seat is not null then at end
      from e where e.token is not null),
  kept as (
    insert into pw_values (token, hop, value, frames) select e.token, 1, e.value, e.frames from e where e.token is not null and e.kept),
  lines as (
    insert into pw_history (at, token, hop, queue, deploy, event)
      select at, e.token, 1, e.queue, e.deploy, 'entered' from e where e.token is not null order by e.n)
  select array_agg(case when e.token is null then -1 else coalesce(e.seat, 0) end order by e.n) into seats from e;
  if cardinality(e_key) > 0 then
    perform pw_wake_arrived(e_queue, lanes, tokens, e_priority, e_key, e_delay, seats);
  end if;
end $$;`
