/*
 * Letters, steps, records. `hop` is 0 for what does not belong to a stay. A letter that is read and has a key stays, without its
 * value, so that the key is known until the stay, or the token, ends. What belongs to a stay that has ended is seen no more, and
 * is dropped by the upkeep.
 */
export const createBoxes = `
  create table pw_letters (
    seq bigint generated always as identity primary key,
    token bigint not null,
    hop integer not null default 0,
    name text collate "C" not null,
    key text collate "C",
    value text,
    failure text,
    sender text,
    at bigint not null,
    read boolean not null default false,
    unique (token, hop, name, key)
  );
  create index pw_letters_box on pw_letters (token, seq) where not read;
  create table pw_steps (
    step bigint generated always as identity primary key,
    token bigint not null,
    hop integer not null,
    path text collate "C" not null,
    kind text not null,
    name text not null,
    hash bigint,
    deploy integer not null,
    value text,
    failure text,
    at bigint not null,
    unique (token, hop, path)
  );
  create sequence pw_revisions;
  create table pw_records (
    workflow text collate "C" not null,
    token bigint not null default 0,
    hop integer not null default 0,
    key text collate "C" not null,
    rev bigint not null,
    value text,
    until bigint,
    primary key (workflow, token, hop, key)
  ) with (fillfactor = 80);
  create index pw_records_until on pw_records (until) where until is not null;
  create index pw_records_stay on pw_records (token, hop) where hop > 0;`
