/*
 * The parts of `pw_turn` that are about gates and lanes. The turn has their zones for itself, so no other transaction changes a gate or a
 * lane there meanwhile. They know units that are held, and nothing else of a gate: what has a rate, hours or failures, is shut, or asks for
 * more than one unit, goes the long way, to the rules. What they do is what the rules would, word for word
 * (`queue/rules/admitting.ts`, `lease/lease-in-turns.ts`).
 *
 * What they run with is set by `pw_turn`: to set it for each call takes longer than some of their statements.
 */

/** The lanes in which hops arrive, made where they are not there: 0 for messages without a key, or of queues without keys. */
const lanesOf = `
create function pw_lanes_of(h_to integer[], h_key text[]) returns bigint[] language plpgsql as $$
declare
  lanes bigint[];
begin
  for made in 0 .. 1 loop
    select array_agg(case when h.key is null or h.key = '' then 0 else l.ref end order by h.n) into lanes
      from unnest(h_to, h_key) with ordinality as h(queue, key, n) left join pw_lanes l on l.queue = h.queue and l.key = h.key;
    exit when array_position(lanes, null) is null;
    insert into pw_lanes (queue, key, idle, turn) select m.queue, m.key, true, nextval('pw_turns_of_lanes') from (
      select distinct h.queue, h.key from unnest(h_to, h_key, lanes) as h(queue, key, lane) where h.lane is null order by 1, 2) m
      on conflict do nothing;
  end loop;
  if array_position(lanes, null) is not null then
    perform pw_again();
  end if;
  return lanes;
end $$;`

/** Records that messages have arrived in lanes; those of a seat, and those that wait or were refused, are not ready there. */
const wakeArrived = `
create function pw_wake_arrived(queues integer[], lanes bigint[], tokens bigint[], priorities bigint[], keys text[], delays bigint[],
  seats integer[]) returns void language plpgsql as $$
begin
  perform pw_wake(json_agg(json_build_object('queue', w.queue, 'lane', w.lane, 'token', w.token, 'priority', w.priority, 'suspect', false)))
    from unnest(queues, lanes, tokens, priorities, keys, delays, seats) as w(queue, lane, token, priority, key, delay, seat)
    where w.key is not null and w.delay is null and w.seat = 0 having count(*) > 0;
end $$;`

/**
 * Gives back what leases have paid that have ended well, and puts the lanes of these keys back into the line: `names` are the gates at which
 * that may be, each with a queue with lanes that stands there, null for none. Returns the names of the gates at which more may pass for that.
 */
const giveBack = `
create function pw_give_back(tolls text[], names text[], standing integer[]) returns text[] language plpgsql as $$
declare
  at text[];
  keys text[];
  is_odd boolean;
  has_own boolean;
begin
  with given as (
    update pw_gates g set held = greatest(0, g.held - p.units) from (
      select j.key::bigint as ref, sum(j.value::bigint)::bigint as units
        from unnest(tolls) as t(text), json_each_text(t.text::json -> 'paid') j group by 1) p
    where g.ref = p.ref
    returning g.name, g.key, g.own is not null as has_own, case when g.name <> all(names) then true
      when g.failures = 0 and g.broken_until is null then false
      else (select a.declared ~ '"breaker"' from pw_gates a where a.name = g.name and a.key = '') end as is_odd)
  select array_agg(g.name), array_agg(g.key), bool_or(g.is_odd), bool_or(g.has_own) into at, keys, is_odd, has_own from given g;
  -- What has failed, and what was paid during the work at a gate that the queue does not stand behind, is for the rules.
  if is_odd then
    perform pw_again();
  end if;
  update pw_lanes l set blocked = null, until = null from (
    select distinct s.queue, k.key from unnest(at, keys) as k(name, key) join unnest(names, standing) as s(name, queue) on s.name = k.name) k
    where l.queue = k.queue and l.key = k.key and l.blocked is not null;
  return array(select g.name from pw_gates g where g.name = any(at) and g.key = ''
    and (has_own or concat(g.declared, g.own) ~ '"(limit|breaker)"'));
end $$;`

/** What keeps a gate from being asked here. What has failed counts where there is a breaker. */
const isOdd = (gate: string, breaks: string) =>
  `coalesce((${gate}.closed and (${gate}.until is null or ${gate}.until > at)) or ${gate}.broken_until > at
      or (${breaks} and (${gate}.failures <> 0 or ${gate}.broken_until is not null))
      or ${gate}.own ~ '"rate"|\\\\' or ${gate}.declared ~ '"(rate|windows)"', false)`

const breaker = `g.declared ~ '"breaker"'`

const ownLimit = (gate: string) => `(${gate}.own::json #>> '{limit,to}')::bigint`

/**
 * Has messages that are ready pass the gates of their queue; returns them in their turn, with what each has paid, for the
 * turn to lease them; suspects too where `suspects` says so. `is_long` if the rules have to do it: then nothing was done.
 */
const pass = `
create function pw_pass(at bigint, el bigint, of_queue integer, want integer, suspects boolean, gates json,
  out is_long boolean, out tokens bigint[], out tolls text[]) language plpgsql as $$
declare
  names text[] := array(select json_array_elements_text(gates -> 'common'));
  around integer[] := array(select json_array_elements_text(gates -> 'around')::integer);
  per_key text := gates ->> 'perKey';
  has_lanes boolean := gates ->> 'lanes';
  pays boolean := gates ->> 'pays';
  refs bigint[];
  paid text;
  most bigint;
  room bigint;
  missing integer;
  breaks boolean;
  is_odd boolean;
  seen integer;
  picked bigint[];
  paid_at bigint[];
  turned bigint[];
  blocked bigint[];
  blockers bigint[];
  idle bigint[];
  moved bigint[];
  moved_to bigint[];
  n integer;
begin
  is_long := true;
  tokens := '{}';
  tolls := '{}';
  if exists (select from pw_tokens t where t.queue = of_queue and t.due <= at)
    or exists (select from pw_tokens t where t.queue = of_queue and t.status = 'leased' and t.until <= el)
    or exists (select from pw_tokens t where t.queue = any(around) and t.status = 'leased' and t.until <= el and t.tolls is not null)
    or has_lanes and exists (select from pw_lanes l where l.queue = of_queue and l.blocked is not null and l.until <= at)
    or has_lanes and suspects and exists (select from pw_lanes l where l.queue = of_queue and l.suspects and l.blocked is null) then
    return;
  end if;
  select cardinality(names) + (per_key is not null)::integer - count(*), coalesce(bool_or(g.is_odd), false),
      array_agg(g.ref) filter (where g.is_common), string_agg(format('"%s":1', g.ref), ',') filter (where g.is_common),
      min(g.most - g.held) filter (where g.is_common), min(g.most) filter (where not g.is_common),
      bool_or(${breaker}) filter (where not g.is_common)
    into missing, is_odd, refs, paid, room, most, breaks from (
      select g.ref, g.held, g.declared, g.is_odd, g.name = any(names) as is_common,
          case when not g.is_odd then coalesce(${ownLimit('g')}, (g.declared::json ->> 'limit')::bigint) end as most
        from (select g.*, ${isOdd('g', breaker)} as is_odd from pw_gates g where g.name = any(names || per_key) and g.key = '') g) g;
  if is_odd or (pays and missing > 0) then
    return;
  end if;
  if pays then
    want := greatest(0, least(want, room));
  end if;
  while want > cardinality(tokens) loop
    n := want - cardinality(tokens);
    if has_lanes then
      with line as (
        select l.ref, l.key, l.priority, l.turn from pw_lanes l where l.queue = of_queue and not l.idle and l.blocked is null
          order by l.priority, l.turn limit n),
      these as (
        select l.*, ceil(n::numeric / count(*) over ()) as share from line l where l.priority = (select min(l.priority) from line l)),
      cells as (
        select l.ref, l.turn, l.priority as wanted, t.token, t.priority, g.ref as gate,
            row_number() over (partition by l.ref order by t.priority, t.token) as k,
            case when not g.is_odd then coalesce(${ownLimit('g')}, most) - g.held end as room,
            t.tolls is not null or (per_key is not null and coalesce(g.is_odd, true)) as is_odd
          from these l
          left join lateral (select g.*, ${isOdd('g', 'breaks')} as is_odd from pw_gates g where g.name = per_key and g.key = l.key) g on true
          left join lateral (select t.token, t.priority, t.tolls from pw_tokens t
            where t.queue = of_queue and t.lane = case when l.key = '' then 0 else l.ref end and not t.suspect and t.status = 'ready'
              and t.token <> all(tokens) order by t.priority, t.token limit l.share) t on true),
      asked as (
        select c.*, c.priority = c.wanted and (c.room is null or c.k <= c.room) as fits,
            c.priority = c.wanted and c.room is not null and c.k = greatest(0, c.room) + 1 as is_first_over
          from cells c),
      tried as (
        select a.*, count(*) filter (where a.fits) over (order by a.k, a.turn rows between unbounded preceding and 1 preceding) < n as is_tried
          from asked a)
      select count(*), bool_or(t.is_odd), array_agg(t.token order by t.k, t.turn) filter (where t.fits and t.is_tried),
          array_agg(t.gate order by t.k, t.turn) filter (where t.fits and t.is_tried),
          array_agg(t.ref order by t.turn) filter (where t.fits and t.is_tried and t.k = 1),
          array_agg(t.ref) filter (where t.is_first_over and t.is_tried), array_agg(t.token) filter (where t.is_first_over and t.is_tried),
          array_agg(t.ref) filter (where t.token is null),
          array_agg(t.ref) filter (where t.k = 1 and t.priority <> t.wanted),
          array_agg(t.priority) filter (where t.k = 1 and t.priority <> t.wanted)
        into seen, is_odd, picked, paid_at, turned, blocked, blockers, idle, moved, moved_to from tried t;
    else
      select count(*), bool_or(t.tolls is not null), array_agg(t.token order by t.suspect, t.priority, t.token) into seen, is_odd, picked from (
        select t.suspect, t.token, t.priority, t.tolls from pw_tokens t where t.queue = of_queue and t.lane = 0 and t.status = 'ready'
          and (suspects or not t.suspect) order by t.suspect, t.priority, t.token limit n) t;
    end if;
    exit when seen = 0;
    picked := coalesce(picked, '{}');
    perform from pw_tokens t where t.token = any(picked) and t.queue = of_queue and t.status = 'ready' order by t.token for update skip locked;
    get diagnostics n = row_count;
    -- In other hands, or not for here. What was done for those before them is undone.
    if is_odd or n < cardinality(picked) then
      if tokens <> '{}' then
        perform pw_again();
      end if;
      return;
    end if;
    tokens := tokens || picked;
    if pays then
      update pw_gates g set held = g.held + p.units from (
        select c.ref, cardinality(picked) as units from unnest(refs) as c(ref)
        union all select k.ref, count(*) from unnest(paid_at) as k(ref) where k.ref is not null group by 1) p where g.ref = p.ref;
      tolls := tolls || array(select concat('{"paid":{', paid, ',"' || k.ref || '":1', '}}')
        from unnest(picked, paid_at) with ordinality as k(token, ref, n) order by k.n);
    else
      tolls := tolls || array_fill(null::text, array[cardinality(picked)]);
    end if;
    exit when not has_lanes;
    update pw_lanes l set turn = coalesce(v.turn, l.turn), blocked = v.blocked, until = null, idle = v.idle,
        priority = coalesce(v.priority, l.priority)
      from (select u.ref, max(u.turn) as turn, max(u.blocked) as blocked, bool_or(u.idle) as idle, max(u.priority) as priority from (
        select t.ref, nextval('pw_turns_of_lanes') as turn, null::bigint as blocked, false as idle, null::bigint as priority from unnest(turned) as t(ref)
        union all select b.ref, null, b.token, false, null from unnest(blocked, blockers) as b(ref, token)
        union all select i.ref, null, null, true, null from unnest(idle) as i(ref)
        union all select m.ref, null, null, false, m.priority from unnest(moved, moved_to) as m(ref, priority)) u group by u.ref) v
      where l.ref = v.ref;
  end loop;
  is_long := false;
end $$;`

/** The functions that `pw_turn` calls where gates or lanes have a part. */
export const createGatedTurn = [lanesOf, wakeArrived, giveBack, pass].join('\n')
