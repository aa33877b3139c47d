/*
 * How a schema stands to moves: `moving` and `moved` are of one that is left, `filling` of one that is filled, and `open` of one that
 * was. A schema that is left is closed by triggers on its tables, which are made then: they would cost each hop.
 */
export const createHouse = `
  create table pw_house (
    one boolean primary key default true check (one),
    state text not null check (state in ('moving', 'moved', 'filling', 'open')),
    move text not null,
    partner text not null,
    sentence text not null,
    shift_ms bigint,
    at bigint not null
  );
  create table pw_house_pages (
    name text not null,
    before bigint not null,
    up_to text not null,
    rows integer not null,
    hash text not null,
    primary key (name, before)
  );
  create table pw_house_tables (
    name text primary key,
    copied bigint not null default 0,
    after text,
    is_copied boolean not null default false,
    hash text
  );
  create function pw_refuse() returns trigger language plpgsql set search_path from current as $$
    begin raise exception using errcode = 'PW002', message = (select sentence from pw_house); end $$;`
