import { planned } from '../server/few-rows.ts'

/*
 * What listeners are told of when nothing else has told them, in one statement, since each process asks every few seconds: the queues in
 * which something may be leased, the gates at which something may pass, the inboxes in which entries wait; when the next is due; and when,
 * of the leases that run out until `p_soon`, the first does; by which registry of queues. A test gives the time.
 */
export const createLook = `
create function pw_look(p_now bigint, p_elapsed bigint, p_soon bigint,
  out registry bigint, out now bigint, out elapsed bigint, out ready integer[], out gates text[], out inboxes text[], out due bigint, out until bigint)
language plpgsql stable set search_path from current ${planned} as $$
declare
  inbox text;
  waits boolean;
begin
  registry := (select m.registry from pw_meta m);
  now := coalesce(p_now, pw_now());
  elapsed := coalesce(p_elapsed, now);
  select array_agg(q.ref) filter (where exists (select from pw_tokens t where t.queue = q.ref and t.status = 'ready')
      or exists (select from pw_tokens t where t.queue = q.ref and t.due <= now)
      or exists (select from pw_tokens t where t.queue = q.ref and t.status = 'leased' and t.until <= elapsed)),
    min((select min(t.due) from pw_tokens t where t.queue = q.ref and t.due > now)),
    min((select min(t.until) from pw_tokens t
      where t.queue = q.ref and t.status = 'leased' and t.until > elapsed and t.until <= elapsed + p_soon))
    into ready, due, until from pw_queues q where not q.retired;
  select array_agg(g.name),
    least(due, min(g.until) filter (where g.until > now), min(g.broken_until) filter (where g.broken_until > now))
    into gates, due from pw_gates g where (g.key = '' and g.declared is not null) or g.until > now;
  for inbox in select name from pw_inboxes loop
    execute format('select exists (select from %I.%I where state = ''waiting'')', current_schema(), inbox) into waits;
    if waits then
      inboxes := inboxes || inbox;
    end if;
  end loop;
end $$;`
