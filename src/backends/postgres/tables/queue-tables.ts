/*
 * Queues, their former names, and the versions of workflows. `registry` in `pw_meta` grows whenever what is known of queues has
 * changed: a process that finds another number there reads them again.
 */
export const createQueues = `
  create table pw_meta (
    one boolean primary key default true check (one),
    version integer not null,
    registry bigint not null default 0
  );
  create table pw_queues (
    ref integer generated always as identity primary key,
    name text collate "C" not null unique,
    view text not null unique,
    workflow text collate "C" not null,
    role text not null check (role in ('stage', 'review', 'output', 'reply', 'standing')),
    keeps text not null default 'turns' check (keeps in ('none', 'turns', 'all')),
    tags text,
    retired boolean not null default false,
    heirs text,
    behind text,
    gated boolean not null default false,
    holding boolean not null default false,
    keyed boolean not null default false,
    made_at bigint not null
  );
  create table pw_names (name text collate "C" primary key, ref integer not null);
  create table pw_deploys (
    workflow text collate "C" not null,
    fingerprint text not null,
    deploy integer not null,
    declared_at bigint not null,
    primary key (workflow, fingerprint)
  );`
