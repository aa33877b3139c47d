/*
 * Counts and meters. A transaction changes the counts by the sums of its changes: each process in rows of its own, so that no two
 * wait for one row; a reader adds them up. `pw_turns` has the last transaction of each process, for one whose answer was lost:
 * `refused` are the places of the hops in it whose fences did not hold.
 */
export const createCounts = `
  create table pw_counts (
    queue integer not null,
    slot integer not null,
    ready bigint not null default 0,
    leased bigint not null default 0,
    "delayed" bigint not null default 0,
    dead bigint not null default 0,
    waiting bigint not null default 0,
    entered bigint not null default 0,
    "left" bigint not null default 0,
    primary key (queue, slot)
  ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
  create table pw_turns (
    instance bigint primary key,
    turn bigint not null,
    refused integer[],
    at bigint not null
  ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
  create table pw_meters (
    ms integer not null,
    at bigint not null,
    queue integer not null,
    target integer not null,
    entered bigint not null,
    moved bigint not null,
    failed bigint not null,
    age bigint[] not null,
    age_ms double precision not null,
    work bigint[] not null,
    work_ms double precision not null,
    primary key (ms, at, queue, target)
  );`
