/*
 * Gates, what tokens hold there until they leave, and lanes. The meaning of the columns is that of the tables of SQLite: `declared`
 * and `own` are settings as JSON, `held` is the sum of what leased messages have paid and of the holds, `tat` and `paid_at` are
 * the rate. A lane may say more than is there, never less.
 */
export const createGates = `
  create table pw_gates (
    ref bigint generated always as identity primary key,
    name text collate "C" not null,
    key text collate "C" not null default '',
    declared text,
    own text,
    closed boolean not null default false,
    actor text,
    reason text,
    until bigint,
    held bigint not null default 0,
    tat double precision not null default 0,
    paid_at bigint not null default 0,
    failures integer not null default 0,
    broken_until bigint,
    unique (name, key)
  ) with (fillfactor = 50);
  create table pw_holds (
    token bigint not null,
    gate bigint not null,
    units bigint not null,
    primary key (token, gate)
  );
  create sequence pw_turns_of_lanes;
  create table pw_lanes (
    ref bigint generated always as identity primary key,
    queue integer not null,
    key text collate "C" not null,
    priority bigint not null default 0,
    turn bigint not null default 0,
    idle boolean not null default false,
    suspects boolean not null default false,
    blocked bigint,
    until bigint,
    unique (queue, key)
  ) with (fillfactor = 50);
  create index pw_lanes_line on pw_lanes (queue, priority, turn) where not idle and blocked is null;
  create index pw_lanes_blocked on pw_lanes (queue, until) where blocked is not null;
  create index pw_lanes_suspects on pw_lanes (queue) where suspects;`
