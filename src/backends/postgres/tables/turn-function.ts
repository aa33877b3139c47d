import { planned } from '../server/few-rows.ts'
import { isUnrecorded, keepRecords, leasedByI, leasedRow, withRoom } from './turn-parts.ts'

/** A row that `pw_turn` returns of what is no message: null but for these. */
function rowOf({
  kind,
  n = 'null::integer',
  id = 'null',
  seats = 'null',
  tokens = 'null',
  at = 'null::bigint',
}: Said): string {
  const none = 'null::bigint, null::integer, null::integer, null::integer, null::integer, null::boolean'
  return `'${kind}', ${n}, null::bigint, ${id}, null::integer, ${seats}, ${tokens}, null, ${none}, ${at}`
}

interface Said {
  readonly kind: 'now' | 'long' | 'rung' | 'stale' | 'isolated'
  readonly n?: string
  readonly id?: string
  readonly seats?: string
  readonly tokens?: string
  readonly at?: string
}

/*
 * What most turns are: hops of plain messages, tokens that enter, and plain leases, in one statement that is a transaction by itself. Each
 * hop stands by itself: one whose fence does not hold changes nothing and is reported, so nothing has to be rolled back. All else goes the
 * long way.
 *
 * A message that comes to a queue is leased as it comes, if a lease of this turn wants more than is ready there: so its row is written
 * once a hop, and the indexes of the line never have it.
 *
 * The order of locks is that of all transactions: the rows of tokens by their numbers, those of counts by queues. What is ready is leased
 * after the hops, but without waiting for a lock.
 *
 * A hop may bring a record that says that it has happened, as those over HTTP do. One whose record is there already is refused here: what
 * that means is left to the rules. If another transaction makes the same one meanwhile, none of the turn is done.
 *
 * A token is named by its number, and by its id too: where a database has gone back in time, the number may be that of another since.
 *
 * Planned once a session: how many hops there are in a turn does not change the plan, and to make it anew takes longer than a turn of
 * one hop. So it is planned as if the tables were full, whatever the planner knows of them then: with few rows in sight it would read, and
 * sort, all that is ready to find the first. Whether a row is leased is asked by a `case`: as a plain condition it lets it read all that is
 * leased, in place of one row by its number.
 *
 * Where a hop or a lease has to do with gates or lanes, the turn has their zones for itself (`gated-turn-functions.ts`): `p_gates` are the
 * names of the gates at which its hops may give back, and `p_standing` of each a queue with lanes that stands there; `h_key` and `e_key` are
 * empty if nothing goes to a queue with lanes, and `l_gates` null for a lease that passes no gate.
 *
 * It returns rows of six kinds: a message that was there and is leased (`leased`, by the place of its lease), a lease that has to go the
 * long way (`long`), since something is due or has expired first or is in other hands, a gate at which more may pass (`rung`), and, as the
 * last, the time with the seats (`now`): of each hop, then of each token that enters, the place of the lease by which its message is leased as
 * it comes, 0 if by none, -1 if it is refused; and in `frames` the numbers of those that have entered. Or one alone: that queues have been
 * declared since (`stale`), or that its transaction is not one of `read committed` (`isolated`).
 */
export const createTurn = `
create function pw_turn(
  p_registry bigint, p_now bigint, p_elapsed bigint, p_slot integer, p_instance bigint, p_turn bigint,
  p_zones text[], p_gates text[], p_standing integer[],
  h_token bigint[], h_from integer[], h_hop integer[], h_lease integer[], h_to integer[], h_next integer[], h_value text[],
  h_frames text[], h_priority bigint[], h_deploy integer[], h_delay bigint[], h_output boolean[], h_attempt integer[],
  h_work double precision[], h_owner text[], h_line_deploy integer[], h_id text[],
  h_record_of text[], h_record text[], h_record_ms bigint[], h_key text[],
  e_queue integer[], e_workflow text[], e_id text[], e_turn integer[], e_value text[], e_frames text[], e_priority bigint[], e_deploy integer[],
  e_delay bigint[], e_trace text[], e_kept boolean[], e_record_of text[], e_record text[], e_record_ms bigint[], e_key text[],
  l_queue integer[], l_limit integer[], l_suspects text[], l_owner text[], l_lease_ms bigint[], l_timeout_ms bigint[], l_alone boolean[],
  l_gates json[])
returns table (kind text, n integer, token bigint, id text, hop integer, value text, frames text, parent text, priority bigint,
  deploy integer, lease integer, attempts integer, crashes integer, suspect boolean, arrived_at bigint)
language plpgsql set search_path from current ${planned} as $$
#variable_conflict use_column
declare
  at bigint;
  el bigint;
  is_long boolean[] := '{}';
  ready integer[] := '{}';
  room integer[] := '{}';
  places integer[];
  taken integer[];
  seats integer[] := '{}';
  leased integer[] := '{}';
  given integer;
  before integer;
  unrecorded bigint;
  lanes bigint[] := '{}';
  paying integer[] := '{}';
  paid text[];
  rung text[];
  passed record;
  came integer[] := '{}';
  numbers bigint[] := '{}';
  zone text;
  i integer;
begin
  -- As set for the role: then what others have committed meanwhile would not be seen below.
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    return query select ${rowOf({ kind: 'isolated' })};
    return;
  end if;
  perform pg_advisory_xact_lock_shared(hashtext(current_schema() || '/registry'), 0);
  if (select m.registry from pw_meta m) <> p_registry then
    return query select ${rowOf({ kind: 'stale' })};
    return;
  end if;
  foreach zone in array p_zones loop
    perform pg_advisory_xact_lock(hashtext(current_schema() || '/zone'), hashtext(zone));
  end loop;
  perform pg_advisory_xact_lock_shared(hashtext(current_schema() || '/lines'), (select (last_value % 2147483648)::integer from pw_line_numbers));
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;
  at := coalesce(p_now, pw_now());
  el := coalesce(p_elapsed, at);
  for i in 1 .. cardinality(l_queue) loop
    is_long[i] := false;
    ready[i] := 0;
    room[i] := 0;
    continue when l_gates[i] is not null;
    is_long[i] := exists (select from pw_tokens t where t.queue = l_queue[i] and t.due <= at)
      or exists (select from pw_tokens t where t.queue = l_queue[i] and t.status = 'leased' and t.until <= el);
    if not is_long[i] and not exists (select from pw_queues q join pw_gates g on g.name = q.name and g.key = ''
        where q.ref = l_queue[i] and g.closed and (g.until is null or g.until > at)) then
      before := 0;
      if l_queue[i] = any(l_queue[1 : i - 1]) then
        before := (select coalesce(sum(b.ready), 0) from unnest(l_queue, l_suspects, ready) as b(queue, suspects, ready)
          where b.queue = l_queue[i] and b.suspects = l_suspects[i]);
      end if;
      ready[i] := (select count(*) - before from (select from pw_tokens t where t.queue = l_queue[i] and t.lane = 0 and t.status = 'ready'
        and (l_suspects[i] = 'include' or t.suspect = (l_suspects[i] = 'only')) limit before + l_limit[i]) r);
      room[i] := case when l_suspects[i] = 'only' then 0 else l_limit[i] - ready[i] end;
    end if;
  end loop;
  if cardinality(h_key) > 0 then
    lanes := pw_lanes_of(h_to, h_key);
  end if;
  if cardinality(p_gates) > 0 then
    select array_agg(v.n), array_agg(t.tolls) into paying, paid from unnest(h_token, h_hop, h_lease) with ordinality as v(token, hop, lease, n)
      join pw_tokens t on t.token = v.token where t.hop = v.hop and t.lease = v.lease and t.tolls is not null;
  end if;
  if cardinality(h_token) > 0 then
    with l as (${withRoom}),
    v as (
      select v.*, l.n as seat, l.owner as holder, l.lease_ms, l.timeout_ms, coalesce(l.alone, false) as alone from (
        select v.*, case when v.delay is null then row_number() over (partition by v.target, v.delay is null order by v.priority, v.token) end as turn
        from unnest(h_token, h_from, h_hop, h_lease, h_to, h_next, h_value, h_frames, h_priority, h_deploy, h_delay,
          h_output, h_attempt, h_work, h_owner, h_line_deploy, h_id, h_record_of, h_record, h_record_ms, lanes)
          with ordinality as v(token, source, hop, lease, target, next, value, frames, priority, deploy, delay, output, attempt, work,
            owner, line_deploy, id, record_of, record, record_ms, lane, n)) v
      left join l on l.queue = v.target and v.turn > l.last - l.room and v.turn <= l.last
      order by v.token),
    moved as (
      update pw_tokens t set queue = v.target, hop = v.next, value = v.value, frames = v.frames, priority = v.priority, deploy = v.deploy,
        due = at + v.delay, status = case when v.delay is not null then 'delayed' when v.seat is null then 'ready' else 'leased' end,
        arrived_at = at, lane = coalesce(v.lane, 0), lease = case when v.seat is null then 0 else 1 end,
        finished_at = case when v.output then at end, outcome = case when v.output then 'done' end, left_at = null,
        suspect = false, attempts = 0, crashes = 0, error = null, progress = null, source = null, brought = null,
        tolls = null, waits = null, missing = null, alone = v.alone, owner = v.holder, until = el + least(v.lease_ms, v.timeout_ms),
        lease_ms = v.lease_ms, deadline = el + v.timeout_ms, leased_at = case when v.seat is not null then at end
      from v where t.token = v.token and t.queue = v.source and t.hop = v.hop and t.lease = v.lease and t.id = v.id
        and case when t.status = 'leased' then true end
        and ${isUnrecorded('v')}
      returning v.n, v.token, v.source, v.target, v.hop, v.attempt, v.work, v.owner, v.line_deploy, v.seat, v.record_of, v.record, v.record_ms),
    recorded as (
      ${keepRecords('moved where record is not null')} returning 1),
    lines as (
      insert into pw_history (at, token, work_ms, hop, queue, target, attempt, deploy, event, owner)
        select at, token, work, hop, source, target, attempt, line_deploy, 'moved', owner from moved order by n)
    select array_agg(n), array_agg(coalesce(seat, 0)), count(record) - (select count(*) from recorded) into places, taken, unrecorded from moved;
    if unrecorded > 0 then
      perform pw_again();
    end if;
    seats := array_fill(-1, array[cardinality(h_token)]);
    for i in 1 .. coalesce(cardinality(places), 0) loop
      seats[places[i]] := taken[i];
    end loop;
    if cardinality(h_key) > 0 then
      perform pw_wake_arrived(h_to, lanes, h_token, h_priority, h_key, h_delay, seats);
    end if;
    if paid is not null then
      select coalesce(array_agg(p.tolls), '{}') into paid from unnest(paying, paid) as p(n, tolls) where seats[p.n] >= 0;
      rung := pw_give_back(paid, p_gates, p_standing);
    end if;
  end if;
  if cardinality(e_queue) > 0 then
    for i in 1 .. cardinality(l_queue) loop
      room[i] := room[i] - cardinality(array_positions(seats, i));
    end loop;
    select e.tokens, e.seats into numbers, came from pw_enter(at, el, e_queue, e_workflow, e_id, e_turn, e_value, e_frames, e_priority,
      e_deploy, e_delay, e_trace, e_kept, e_record_of, e_record, e_record_ms, e_key, l_queue, room, l_owner, l_lease_ms, l_timeout_ms, l_alone) e;
  end if;
  for i in 1 .. cardinality(l_queue) loop
    leased[i] := 0;
    if l_gates[i] is not null then
      select * into passed from pw_pass(at, el, l_queue[i], l_limit[i], l_suspects[i] = 'include', l_gates[i]);
      is_long[i] := passed.is_long;
      leased[i] := cardinality(passed.tokens);
      return query with taken as (
        update pw_tokens t set ${leasedByI}, tolls = p.tolls
        from unnest(passed.tokens, passed.tolls) with ordinality as p(token, tolls, n) where t.token = p.token
        returning t.*, p.n as place)
        select ${leasedRow} from taken t order by t.place;
    elsif ready[i] > 0 then
      return query with picked as (select t.token from pw_tokens t where t.queue = l_queue[i] and t.lane = 0 and t.status = 'ready'
          and (l_suspects[i] = 'include' or t.suspect = (l_suspects[i] = 'only'))
          order by t.suspect, t.priority, t.token limit ready[i] for update skip locked)
        update pw_tokens t set ${leasedByI}
        from picked p where t.token = p.token
        returning ${leasedRow};
      get diagnostics given = row_count;
      leased[i] := given;
      is_long[i] := given = 0 and not i = any(seats) and not i = any(came);
    end if;
    if is_long[i] then
      return query select ${rowOf({ kind: 'long', n: 'i' })};
    end if;
  end loop;
  if cardinality(h_token) + cardinality(e_queue) > 0 or 0 < any(leased) then
    insert into pw_counts as c (queue, slot, ready, leased, "delayed", entered, "left")
      select s.queue, p_slot, sum(s.ready), sum(s.leased), sum(s.wait), sum(s.come), sum(s.gone) from (
        select h.source as queue, 0 as ready, -1 as leased, 0 as wait, 0 as come, 1 as gone
          from unnest(h_from, seats) as h(source, seat) where h.seat >= 0
        union all select h.target, (h.seat = 0 and h.delay is null)::integer, (h.seat > 0)::integer, (h.delay is not null)::integer, 1, 0
          from unnest(h_to, seats, h_delay) as h(target, seat, delay) where h.seat >= 0
        union all select e.queue, (e.seat = 0 and e.delay is null)::integer, (e.seat > 0)::integer, (e.delay is not null)::integer, 1, 0
          from unnest(e_queue, came, e_delay) as e(queue, seat, delay) where e.seat >= 0
        union all select l.queue, -l.given, l.given, 0, 0, 0 from unnest(l_queue, leased) as l(queue, given) where l.given > 0) s
      group by s.queue order by s.queue
      on conflict on constraint pw_counts_pkey do update set ready = c.ready + excluded.ready, leased = c.leased + excluded.leased,
        "delayed" = c."delayed" + excluded."delayed", entered = c.entered + excluded.entered, "left" = c."left" + excluded."left";
    insert into pw_turns (instance, turn, refused, at)
      values (p_instance, p_turn, nullif(array_positions(seats || came, -1), '{}'), at)
      on conflict on constraint pw_turns_pkey do update set turn = excluded.turn, refused = excluded.refused, at = excluded.at
        where pw_turns.turn < excluded.turn;
    -- One that was given up, since its answer was long in coming, must not be done afterwards.
    if not found then
      perform pw_again();
    end if;
  end if;
  return query select ${rowOf({ kind: 'rung', id: 'r.name' })} from unnest(rung) as r(name);
  return query select ${rowOf({
    kind: 'now',
    seats: `array_to_string(seats || came, ',')`,
    tokens: `array_to_string(numbers, ',', '')`,
    at: 'at',
  })};
end $$;`
