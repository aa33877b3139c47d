/*
 * One row a token, for its whole life: the token, and its message while it is in a queue. A hop changes that row; so a
 * token is in one queue at most, by the primary key.
 *
 * Leased messages are few, so only the indexes `pw_leased` and `pw_due` have them: most messages are leased in the
 * transaction in which they come, and so never enter the other indexes. Every statement that is to use `pw_line` or
 * `pw_since` must contain `status is not 'leased'` in just these words, else SQLite does not use them.
 *
 * `until` and `deadline` are elapsed time, all others wall time, in milliseconds. A check of `status` would cost a fifth
 * of a hop.
 *
 * `lane` to `traceparent` are null, or 0, in this version and for later ones: to add a column makes SQLite look at every row
 * of a strict table (36 to 96 s with 20,000,000 rows). They are: the line of its key in which a message waits; where the
 * token reports when it ends; what a resting message waits for, and how many of these are missing; what its lease has paid
 * at gates; how often people have changed its marks; the ref of the queue that it came from, and the fault that brought it;
 * and the trace that it belongs to (https://www.w3.org/TR/trace-context/).
 *
 * Migration 6 makes the table. A file that has it is not changed by a change here: that needs a migration of its own.
 */
export const createTokens = `
  create table pw_tokens (
    token integer primary key,
    id text not null,
    workflow text not null,
    parent text,
    entered_at integer not null,
    finished_at integer,
    left_at integer,
    outcome text check (outcome in ('done', 'cancelled', 'discarded')),
    queue integer,
    hop integer not null,
    status text,
    suspect integer not null default 0,
    alone integer not null default 0,
    priority integer not null default 0,
    attempts integer not null default 0,
    crashes integer not null default 0,
    lease integer not null default 0,
    deploy integer not null,
    arrived_at integer not null,
    owner text,
    leased_at integer,
    until integer,
    lease_ms integer,
    deadline integer,
    due integer,
    value text check (json_valid(value)),
    frames text,
    error text,
    progress text,
    lane integer not null default 0,
    reply text,
    waits text,
    missing integer,
    tolls text,
    rev integer not null default 0,
    source integer,
    brought text,
    traceparent text,
    unique (id, workflow)
  ) strict;
  create index pw_line on pw_tokens (queue, status, lane, suspect, priority)
    where queue is not null and status is not 'leased';
  create index pw_since on pw_tokens (queue, status, arrived_at)
    where queue is not null and status is not 'leased';
  create index pw_leased on pw_tokens (until) where status = 'leased';
  create index pw_due on pw_tokens (queue, due) where due is not null;
  create index pw_parent on pw_tokens (parent) where parent is not null;`

/** The SQL for the rows that rest in a queue, for which the indexes `pw_line` and `pw_since` are; `ref` is SQL for its ref. */
export function inLineOf(ref: string): string {
  return `queue = ${ref} and status is not 'leased'`
}

/** The SQL for the time when the oldest message came to a queue; null if there is none. */
export function oldestOf(ref: string): string {
  const least = (which: string) => `select min(arrived_at) as at from pw_tokens where ${which}`
  const resting = ['ready', 'delayed', 'dead', 'waiting'].map((each) =>
    least(`${inLineOf(ref)} and status = '${each}'`),
  )
  return `(select min(at) from (${[...resting, least(`status = 'leased' and queue = ${ref}`)].join(' union all ')}))`
}

/** The columns of a lease, as they are set when a message is leased no more. */
export const unleased = 'owner = null, until = null, lease_ms = null, deadline = null, leased_at = null'

/** The SQL for a time in milliseconds since 1970 as text for people: `2026-11-26T09:00:00.000Z`. */
export function utcOf(ms: string): string {
  return `strftime('%Y-%m-%dT%H:%M:%fZ', ${ms} / 1000.0, 'unixepoch')`
}

/** The SQL for a field of a column of JSON text: null where an edit by hand has put other text, which must not stop a query. */
export function fieldOf(column: string, field: string): string {
  return `iif(json_valid(${column}), json_extract(${column}, '$.${field}'), null)`
}
