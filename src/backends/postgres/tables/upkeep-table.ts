/*
 * What the upkeep does from time to time, of all processes together: when it is next due, where it goes on, and how long this round has
 * taken so far. The months of the history are made ahead; what is of none, by an odd clock, is in the default partition.
 */
export const createUpkeep = `
  create table pw_upkeep (
    chore text collate "C" primary key,
    due bigint not null default 0,
    after bigint not null default 0,
    spent_ms double precision not null default 0,
    note text
  );
  create aggregate pw_sum(bigint[]) (sfunc = pw_add, stype = bigint[], initcond = '{}');
  do $$
  declare
    month timestamp := date_trunc('month', now() at time zone 'UTC');
  begin
    if exists (select from pw_history) then return; end if;
    for n in 0..2 loop
      execute format('create table %I partition of pw_history for values from (%s) to (%s)', 'pw_history_' || to_char(month, 'YYYY_MM'),
        (extract(epoch from month) * 1000)::bigint, (extract(epoch from month + interval '1 month') * 1000)::bigint);
      month := month + interval '1 month';
    end loop;
  end $$;`
