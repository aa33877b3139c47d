/*
 * One row a token, for its whole life, as in SQLite: the token, and its message while it is in a queue. A hop changes that row,
 * so a token is in one queue at most, by the primary key. Ids are in a table of their own, which a hop does not touch: there they
 * stay unique, however old a token is.
 *
 * Most messages are leased in the transaction in which they come. Those are in `pw_leased` alone; the indexes of the line and of
 * what rests have only the others.
 *
 * All times are milliseconds since 1970 by the clock of the database, those of leases too: processes on several machines have no
 * other clock in common. Values are `text`: `jsonb` would refuse a NUL or half a surrogate pair, which JSON text escapes.
 */
export const createTokens = `
  create table pw_ids (
    workflow text collate "C" not null,
    id text collate "C" not null,
    token bigint not null,
    primary key (workflow, id)
  );
  create sequence pw_token_numbers;
  create table pw_tokens (
    token bigint primary key,
    entered_at bigint not null,
    finished_at bigint,
    left_at bigint,
    arrived_at bigint not null,
    due bigint,
    leased_at bigint,
    until bigint,
    lease_ms bigint,
    deadline bigint,
    priority bigint not null default 0,
    lane bigint not null default 0,
    queue integer,
    hop integer not null,
    attempts integer not null default 0,
    crashes integer not null default 0,
    lease integer not null default 0,
    deploy integer not null,
    missing integer,
    rev integer not null default 0,
    source integer,
    suspect boolean not null default false,
    alone boolean not null default false,
    holds boolean not null default false,
    status text,
    outcome text,
    owner text,
    id text collate "C" not null,
    workflow text collate "C" not null,
    parent text collate "C",
    traceparent text,
    value text,
    frames text,
    error text,
    progress text,
    reply text,
    waits text,
    tolls text,
    brought text
  ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05);
  create index pw_line on pw_tokens (queue, lane, suspect, priority, token) where status = 'ready';
  create index pw_since on pw_tokens (queue, status, arrived_at, token) where status <> 'leased';
  create index pw_leased on pw_tokens (queue, until) where status = 'leased';
  create index pw_due on pw_tokens (queue, due) where due is not null;
  create index pw_parent on pw_tokens (workflow, parent, token) where parent is not null;
  create index pw_owing on pw_tokens (workflow, parent, token) where reply is not null;
  create index pw_holding on pw_tokens (queue, suspect, priority, token) where holds and status = 'ready';
  create table pw_values (
    token bigint not null,
    hop integer not null,
    value text,
    frames text,
    primary key (token, hop)
  );`

/** The columns of a row that change while its token lives, and their types, as a statement is given them. */
export const tokenColumns = {
  entered_at: 'bigint',
  finished_at: 'bigint',
  left_at: 'bigint',
  arrived_at: 'bigint',
  due: 'bigint',
  leased_at: 'bigint',
  until: 'bigint',
  lease_ms: 'bigint',
  deadline: 'bigint',
  priority: 'bigint',
  lane: 'bigint',
  queue: 'integer',
  hop: 'integer',
  attempts: 'integer',
  crashes: 'integer',
  lease: 'integer',
  deploy: 'integer',
  missing: 'integer',
  rev: 'integer',
  source: 'integer',
  suspect: 'boolean',
  alone: 'boolean',
  status: 'text',
  outcome: 'text',
  owner: 'text',
  parent: 'text',
  traceparent: 'text',
  error: 'text',
  progress: 'text',
  reply: 'text',
  waits: 'text',
  tolls: 'text',
  brought: 'text',
} as const
