/*
 * The history, by months. Its lines are numbered as they are written; two transactions may write at once, so of the newest lines
 * those with smaller numbers may be committed later (see settled-lines.ts).
 */
export const createHistory = `
  create sequence pw_line_numbers;
  create table pw_history (
    line bigint not null default nextval('pw_line_numbers'),
    at bigint not null,
    token bigint not null,
    work_ms double precision,
    hop integer not null,
    queue integer not null,
    target integer,
    attempt integer,
    deploy integer,
    event text not null,
    owner text,
    actor text,
    reason text,
    fields text,
    error text
  ) partition by range (at);
  create table pw_history_rest partition of pw_history default;
  create index pw_history_line on pw_history (line);
  create index pw_history_token on pw_history (token, line);
  create index pw_people on pw_history (line) where actor is not null;`
