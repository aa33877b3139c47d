import { planned } from '../server/few-rows.ts'
import { tokenColumns } from './token-table.ts'

/*
 * What a transaction writes, as one document: the rows of each table, by column. The rules have decided all of it, and the rows that
 * it changes are locked since they were read; only what was not there may have come meanwhile, and then the transaction begins
 * again (PW001).
 */

const columns = Object.keys(tokenColumns)
const types = Object.entries(tokenColumns).map(([name, type]) => `${name} ${type}`)
const tokenRow = `token bigint, id text, workflow text, ${types.join(', ')}, valued boolean, framed boolean, value text, frames text`
const counted = ['ready', 'leased', '"delayed"', 'dead', 'waiting', 'entered', '"left"']

const again = `create function pw_again() returns void language plpgsql as $$
  begin raise exception 'Another transaction was faster.' using errcode = 'PW001'; end $$;`

/** The tables of a document. It is taken apart at once: to ask a `json` for one of them is to read all of it. */
const tables = [
  ...['keeps', 'fresh', 'tokens', 'flags', 'gates', 'holders', 'holds', 'dropped', 'records'],
  ...['cleared', 'forgotten', 'letters', 'read', 'steps', 'marks', 'unmarks', 'texts', 'untexts'],
  ...['released', 'unblocked', 'wakes', 'lanes', 'turned', 'lines', 'counts'],
]

/** The function that applies a document. A plan must not depend on what the tables were like when it was made. */
export const createApply = `
${again}
create function pw_apply(doc json, slot integer) returns void language plpgsql
  set search_path from current ${planned} as $$
declare
  given record;
  n integer;
begin
  select * into given from json_to_record(doc) as x(${tables.map((name) => `${name} json`).join(', ')});
  if given.keeps is not null then
    insert into pw_values (token, hop, value, frames)
      select k.token, k.hop, case when k.valued then k.value else t.value end, case when k.framed then k.frames else t.frames end
      from json_to_recordset(given.keeps) as k(token bigint, hop integer, valued boolean, framed boolean, value text, frames text)
      left join pw_tokens t on t.token = k.token on conflict do nothing;
  end if;
  if given.fresh is not null then
    insert into pw_ids (workflow, id, token) select workflow, id, token
      from json_to_recordset(given.fresh) as f(workflow text, id text, token bigint) order by workflow, id on conflict do nothing;
    get diagnostics n = row_count;
    if n <> json_array_length(given.fresh) then perform pw_again(); end if;
    insert into pw_tokens (token, id, workflow, ${columns.join(', ')}, value, frames)
      select token, id, workflow, ${columns.join(', ')}, value, frames from json_to_recordset(given.fresh) as f(${tokenRow});
  end if;
  if given.tokens is not null then
    update pw_tokens t set ${columns.map((name) => `${name} = v.${name}`).join(', ')},
      value = case when v.valued then v.value else t.value end, frames = case when v.framed then v.frames else t.frames end
      from json_to_recordset(given.tokens) as v(${tokenRow}) where t.token = v.token;
  end if;
  if given.flags is not null then
    update pw_queues q set gated = q.gated or f.gated is not null, holding = q.holding or f.holding is not null
      from json_to_recordset(given.flags) as f(queue integer, workflow text, gated boolean, holding boolean)
      where q.ref = f.queue or q.workflow = f.workflow;
    update pw_meta set registry = registry + 1;
  end if;
  if given.gates is not null then
    update pw_gates g set declared = v.declared, own = v.own, closed = v.closed, actor = v.actor, reason = v.reason, until = v.until,
      held = v.held, tat = v.tat, paid_at = v.paid_at, failures = v.failures, broken_until = v.broken_until
      from json_to_recordset(given.gates) as v(ref bigint, declared text, own text, closed boolean, actor text, reason text,
        until bigint, held bigint, tat double precision, paid_at bigint, failures integer, broken_until bigint)
      where g.ref = v.ref;
  end if;
  if given.holders is not null then
    delete from pw_holds where token in (select token from json_to_recordset(given.holders) as h(token bigint));
    if given.holds is not null then
      insert into pw_holds (token, gate, units) select * from json_to_recordset(given.holds) as h(token bigint, gate bigint, units bigint);
    end if;
    update pw_tokens t set holds = exists (select from pw_holds h where h.token = t.token)
      where token in (select token from json_to_recordset(given.holders) as h(token bigint));
  end if;
  if given.dropped is not null then
    delete from pw_records r using json_to_recordset(given.dropped) as d(workflow text, token bigint, hop integer, key text)
      where r.workflow = d.workflow and r.token = d.token and r.hop = d.hop and r.key = d.key;
  end if;
  if given.records is not null then
    with v as (
      select * from json_to_recordset(given.records)
        as v(workflow text, token bigint, hop integer, key text, rev bigint, value text, until bigint, made boolean)),
    made as (
      insert into pw_records (workflow, token, hop, key, rev, value, until)
        select workflow, token, hop, key, rev, value, until from v where v.made order by workflow, token, hop, key
        on conflict do nothing returning 1),
    kept as (
      insert into pw_records as r (workflow, token, hop, key, rev, value, until)
        select workflow, token, hop, key, rev, value, until from v where v.made is null order by workflow, token, hop, key
        on conflict (workflow, token, hop, key) do update set rev = excluded.rev, value = excluded.value, until = excluded.until
          where r.rev < excluded.rev returning 1)
    select (select count(*) from made) + (select count(*) from kept) into n;
    if n <> json_array_length(given.records) then perform pw_again(); end if;
  end if;
  if given.cleared is not null then
    delete from pw_letters where token in (select token from json_to_recordset(given.cleared) as c(token bigint));
    delete from pw_steps where token in (select token from json_to_recordset(given.cleared) as c(token bigint));
  end if;
  if given.forgotten is not null then
    delete from pw_steps where token in (select token from json_to_recordset(given.forgotten) as c(token bigint));
  end if;
  if given.letters is not null then
    insert into pw_letters (token, hop, name, key, value, failure, sender, at)
      select * from json_to_recordset(given.letters)
        as l(token bigint, hop integer, name text, key text, value text, failure text, sender text, at bigint);
  end if;
  if given.read is not null then
    delete from pw_letters where key is null and seq in (select seq from json_to_recordset(given.read) as r(seq bigint));
    update pw_letters set read = true, value = null, failure = null
      where key is not null and seq in (select seq from json_to_recordset(given.read) as r(seq bigint));
  end if;
  if given.steps is not null then
    insert into pw_steps (token, hop, path, kind, name, hash, deploy, value, failure, at)
      select * from json_to_recordset(given.steps) as s(token bigint, hop integer, path text, kind text, name text, hash bigint,
        deploy integer, value text, failure text, at bigint);
  end if;
  if given.marks is not null then
    insert into pw_marks as m (token, hop, queue, mark, number, text)
      select * from json_to_recordset(given.marks)
        as v(token bigint, hop integer, queue integer, mark text, number double precision, text text)
      on conflict (token, hop, mark) do update set queue = excluded.queue, number = excluded.number, text = excluded.text;
  end if;
  if given.unmarks is not null then
    delete from pw_marks m using json_to_recordset(given.unmarks) as v(token bigint, hop integer, mark text)
      where m.token = v.token and m.hop = v.hop and m.mark = v.mark;
  end if;
  if given.texts is not null then
    insert into pw_texts (token, queue, hop, words)
      select v.token, v.queue, v.hop, array(select json_array_elements_text(v.words))
        from json_to_recordset(given.texts) as v(token bigint, queue integer, hop integer, words json)
      on conflict (token) do update set queue = excluded.queue, hop = excluded.hop, words = excluded.words;
  end if;
  if given.untexts is not null then
    delete from pw_texts where token in (select token from json_to_recordset(given.untexts) as v(token bigint));
  end if;
  if given.released is not null then
    update pw_lanes l set blocked = null, until = null from json_to_recordset(given.released) as v(token bigint, queue integer)
      where l.queue = v.queue and l.blocked = v.token;
  end if;
  if given.unblocked is not null then
    update pw_lanes l set blocked = null, until = null from json_to_recordset(given.unblocked) as v(queue integer, key text)
      where l.queue = v.queue and l.blocked is not null and (v.key is null or l.key = v.key);
  end if;
  if given.wakes is not null then
    perform pw_wake(given.wakes);
  end if;
  if given.lanes is not null then
    update pw_lanes l set idle = l.idle or v.idle is not null, suspects = l.suspects and v.calm is null,
      priority = coalesce(v.priority, l.priority), blocked = coalesce(v.blocked, l.blocked),
      until = case when v.blocked is null then l.until else v.until end
      from json_to_recordset(given.lanes) as v(ref bigint, idle boolean, calm boolean, priority bigint, blocked bigint, until bigint)
      where l.ref = v.ref;
  end if;
  if given.turned is not null then
    update pw_lanes l set turn = v.turn from (select t.ref, nextval('pw_turns_of_lanes') as turn
      from (select ref from json_to_recordset(given.turned) as t(ref bigint, place integer) order by place) t) v where l.ref = v.ref;
  end if;
  if given.lines is not null then
    insert into pw_history (at, token, work_ms, hop, queue, target, attempt, deploy, event, owner, actor, reason, fields, error)
      select * from json_to_recordset(given.lines) as l(at bigint, token bigint, work_ms double precision, hop integer, queue integer,
        target integer, attempt integer, deploy integer, event text, owner text, actor text, reason text, fields text, error text);
  end if;
  if given.counts is not null then
    insert into pw_counts as c (queue, slot, ${counted.join(', ')})
      select queue, pw_apply.slot, ${counted.join(', ')} from json_to_recordset(given.counts)
        as v(queue integer, ${counted.map((name) => `${name} bigint`).join(', ')}) order by queue
      on conflict on constraint pw_counts_pkey do update set ${counted.map((name) => `${name} = c.${name} + excluded.${name}`).join(', ')};
  end if;
end $$;`

/**
 * Records that messages are ready in lanes. A lane that was idle goes to the end of the line; one that is blocked is put back into it
 * if one of them may be its first message.
 */
export const createWake = `
create function pw_wake(wakes json) returns void language plpgsql as $$
begin
  update pw_lanes l set suspects = l.suspects or w.suspects,
    turn = case when w.is_first and l.idle then nextval('pw_turns_of_lanes') else l.turn end,
    priority = case when w.is_first and l.idle then w.priority else least(l.priority, w.priority) end,
    idle = l.idle and not w.is_first,
    blocked = case when w.is_first then null else l.blocked end, until = case when w.is_first then null else l.until end
  from (
    select w.*, coalesce(w.priority is not null and (l.idle or l.priority > w.priority or (l.priority = w.priority and l.blocked > w.token)),
          false) as is_first
      from (
        select coalesce(nullif(v.lane, 0), l.ref) as ref, min(v.priority) filter (where not v.suspect) as priority,
          (array_agg(v.token order by v.priority, v.token) filter (where not v.suspect))[1] as token, bool_or(v.suspect) as suspects
        from json_to_recordset(wakes) as v(queue integer, lane bigint, token bigint, priority bigint, suspect boolean)
        left join pw_lanes l on l.queue = v.queue and l.key = '' group by 1 order by ref) w
      join pw_lanes l on l.ref = w.ref) w
  where l.ref = w.ref and ((w.suspects and not l.suspects) or w.is_first);
end $$;`
