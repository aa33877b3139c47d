/** A row that `pw_turn` returns of what is no message: null but for these. */
function rowOf({ kind, n = 'null::integer', hop = 'null::integer', at = 'null::bigint' }: Said): string {
  const none = 'null::bigint, null::integer, null::integer, null::integer, null::integer, null::boolean'
  return `${kind}, ${n}, null::bigint, null, ${hop}, null, null, null, ${none}, ${at}`
}

interface Said {
  readonly kind: string
  readonly n?: string
  readonly hop?: string
  readonly at?: string
}

/*
 * What most turns are: hops of plain messages, and plain leases, in one statement that is a transaction by itself. Each hop stands by
 * itself: one whose fence does not hold changes nothing and is reported, so nothing has to be rolled back. All else goes the long way.
 *
 * A message that comes to a queue in which none is ready is leased as it comes, if a lease of this turn wants it: so its row is written
 * once a hop, and the indexes of the line never have it.
 *
 * A token is named by its number, and by its id too: where a database has gone back in time, the number may be that of another since.
 *
 * It returns rows of six kinds: the time (`now`), a hop that is refused (`refused`), a message that is leased as it comes (`direct`: `hop` is
 * the place of its lease), or was there (`leased`, by the place of its lease), a lease that has to go the long way (`long`), since something is due or has expired first or is in other hands, and, alone,
 * that queues have been declared since (`stale`).
 */
export const createTurn = `
create function pw_turn(
  p_registry bigint, p_now bigint, p_elapsed bigint, p_slot integer, p_instance bigint, p_turn bigint,
  h_token bigint[], h_from integer[], h_hop integer[], h_lease integer[], h_to integer[], h_next integer[], h_value text[],
  h_frames text[], h_priority bigint[], h_deploy integer[], h_delay bigint[], h_output boolean[], h_attempt integer[],
  h_work double precision[], h_owner text[], h_line_deploy integer[], h_id text[],
  l_queue integer[], l_limit integer[], l_suspects text[], l_owner text[], l_lease_ms bigint[], l_timeout_ms bigint[], l_alone boolean[])
returns table (kind text, n integer, token bigint, id text, hop integer, value text, frames text, parent text, priority bigint,
  deploy integer, lease integer, attempts integer, crashes integer, suspect boolean, arrived_at bigint)
language plpgsql set search_path from current set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
#variable_conflict use_column
declare
  at bigint;
  el bigint;
  ways text[] := '{}';
  i integer;
  given integer;
begin
  perform pg_advisory_xact_lock_shared(hashtext(current_schema() || '/registry'), 0);
  if (select m.registry from pw_meta m) <> p_registry then
    return query select ${rowOf({ kind: `'stale'` })};
    return;
  end if;
  perform pg_advisory_xact_lock_shared(hashtext(current_schema() || '/lines'), (select (last_value % 2147483648)::integer from pw_line_numbers));
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;
  at := coalesce(p_now, pw_now());
  el := coalesce(p_elapsed, at);
  for i in 1 .. cardinality(l_queue) loop
    if exists (select from pw_tokens t where t.queue = l_queue[i] and t.due <= at)
      or exists (select from pw_tokens t where t.queue = l_queue[i] and t.status = 'leased' and t.until <= el) then
      ways := ways || 'long'::text;
    elsif exists (select from pw_queues q join pw_gates g on g.name = q.name and g.key = '' where q.ref = l_queue[i] and g.closed
      and (g.until is null or g.until > at)) then
      ways := ways || 'shut'::text;
    elsif exists (select from pw_tokens t where t.queue = l_queue[i] and t.lane = 0 and t.status = 'ready'
      and (l_suspects[i] = 'include' or t.suspect = (l_suspects[i] = 'only'))) then
      ways := ways || 'line'::text;
    elsif l_suspects[i] = 'only' then
      ways := ways || 'none'::text;
    else
      ways := ways || 'direct'::text;
    end if;
  end loop;
  if cardinality(h_token) > 0 then
    return query with l as (select l.n, l.queue, l.owner, l.lease_ms, l.timeout_ms, l.alone, l.most, sum(l.most) over (partition by l.queue order by l.n) as last
        from unnest(l_queue, l_limit, l_owner, l_lease_ms, l_timeout_ms, l_alone, ways) with ordinality
          as l(queue, most, owner, lease_ms, timeout_ms, alone, way, n) where l.way = 'direct'
          and not exists (select from unnest(l_queue, ways) as o(queue, way) where o.queue = l.queue and o.way <> 'direct')),
    v as (select v.*, l.n as seat, l.owner as holder, l.lease_ms, l.timeout_ms, coalesce(l.alone, false) as alone from (
        select v.*, case when v.delay is null then row_number() over (partition by v.target, v.delay is null order by v.priority, v.token) end as turn
        from unnest(h_token, h_from, h_hop, h_lease, h_to, h_next, h_value, h_frames, h_priority, h_deploy, h_delay,
          h_output, h_attempt, h_work, h_owner, h_line_deploy, h_id)
          with ordinality as v(token, source, hop, lease, target, next, value, frames, priority, deploy, delay, output, attempt, work,
            owner, line_deploy, id, n)) v
      left join l on l.queue = v.target and v.turn > l.last - l.most and v.turn <= l.last
      order by v.token),
    moved as (
      update pw_tokens t set queue = v.target, hop = v.next, value = v.value, frames = v.frames, priority = v.priority, deploy = v.deploy,
        due = at + v.delay, status = case when v.delay is not null then 'delayed' when v.seat is null then 'ready' else 'leased' end,
        arrived_at = at, lane = 0, lease = case when v.seat is null then 0 else 1 end,
        finished_at = case when v.output then at end, outcome = case when v.output then 'done' end, left_at = null,
        suspect = false, attempts = 0, crashes = 0, error = null, progress = null, source = null, brought = null,
        tolls = null, waits = null, missing = null, alone = v.alone, owner = v.holder, until = el + least(v.lease_ms, v.timeout_ms),
        lease_ms = v.lease_ms, deadline = el + v.timeout_ms, leased_at = case when v.seat is not null then at end
      from v where t.token = v.token and t.queue = v.source and t.hop = v.hop and t.lease = v.lease and t.status = 'leased' and t.id = v.id
      returning v.n, v.token, v.source, v.target, v.hop, v.attempt, v.work, v.owner, v.line_deploy, v.seat, t.status),
    lines as (insert into pw_history (at, token, work_ms, hop, queue, target, attempt, deploy, event, owner)
      select at, token, work, hop, source, target, attempt, line_deploy, 'moved', owner from moved order by n),
    counted as (insert into pw_counts as c (queue, slot, ready, leased, "delayed", entered, "left")
      select s.queue, p_slot, sum(s.ready), sum(s.leased), sum(s.wait), sum(s.come), sum(s.gone) from (
        select source as queue, 0 as ready, -1 as leased, 0 as wait, 0 as come, 1 as gone from moved union all
        select target, (status = 'ready')::integer, (status = 'leased')::integer, (status = 'delayed')::integer, 1, 0 from moved) s
        group by s.queue order by s.queue
      on conflict on constraint pw_counts_pkey do update set ready = c.ready + excluded.ready, leased = c.leased + excluded.leased,
        "delayed" = c."delayed" + excluded."delayed", entered = c.entered + excluded.entered, "left" = c."left" + excluded."left"),
    told as (select case when m.n is null then 'refused' else 'direct' end as kind, v.n::integer as n, m.seat::integer as seat
      from v left join moved m on m.n = v.n where m.n is null or m.seat is not null),
    turned as (insert into pw_turns (instance, turn, refused, at)
      values (p_instance, p_turn, nullif(array(select n from told where kind = 'refused'), '{}'), at)
      on conflict on constraint pw_turns_pkey do update set turn = excluded.turn, refused = excluded.refused, at = excluded.at
        where pw_turns.turn < excluded.turn)
    select ${rowOf({ kind: 'kind', n: 'n', hop: 'seat' })} from told;
  end if;
  for i in 1 .. cardinality(l_queue) loop
    if ways[i] = 'long' then
      return query select ${rowOf({ kind: `'long'`, n: 'i' })};
    elsif ways[i] = 'line' then
      return query with picked as (select t.token from pw_tokens t where t.queue = l_queue[i] and t.lane = 0 and t.status = 'ready'
          and (l_suspects[i] = 'include' or t.suspect = (l_suspects[i] = 'only'))
          order by t.suspect, t.priority, t.token limit l_limit[i] for update skip locked)
        update pw_tokens t set status = 'leased', lease = t.lease + 1, due = null, waits = null, missing = null, owner = l_owner[i],
          leased_at = at, until = el + least(l_lease_ms[i], l_timeout_ms[i]), lease_ms = l_lease_ms[i], deadline = el + l_timeout_ms[i],
          alone = l_alone[i]
        from picked p where t.token = p.token
        returning 'leased', i, t.token, t.id, t.hop, t.value, t.frames, t.parent, t.priority, t.deploy, t.lease, t.attempts, t.crashes,
          t.suspect, t.arrived_at;
      get diagnostics given = row_count;
      if given > 0 then
        insert into pw_counts as c (queue, slot, ready, leased) values (l_queue[i], p_slot, -given, given)
          on conflict on constraint pw_counts_pkey do update set ready = c.ready + excluded.ready, leased = c.leased + excluded.leased;
      else
        return query select ${rowOf({ kind: `'long'`, n: 'i' })};
      end if;
    end if;
  end loop;
  -- One that was given up, since its answer was long in coming, must not be done afterwards.
  if cardinality(h_token) > 0 and not exists (select from pw_turns t where t.instance = p_instance and t.turn = p_turn) then
    perform pw_again();
  end if;
  return query select ${rowOf({ kind: `'now'`, at: 'at' })};
end $$;`
