import type { Role } from '../../queue/backend.ts'

/** A queue as the registry knows it. */
export interface QueueEntry {
  readonly ref: number
  readonly name: string
  readonly table: string
  readonly workflow: string
  readonly role: Role
}

/** The SQL that makes the table of a queue; `token` is its ref in pw_tokens, `until` and `deadline` are elapsed time, `due` is wall time. */
export function createTable(table: string): string {
  return `
    create table ${table} (
      seq integer primary key,
      id text not null unique,
      token integer not null,
      hop integer not null,
      value text check (json_valid(value)),
      status text not null default 'ready' check (status in ('ready', 'leased', 'delayed', 'dead')),
      suspect integer not null default 0,
      priority integer not null default 0,
      attempts integer not null default 0,
      crashes integer not null default 0,
      lease integer not null default 0,
      deploy integer not null,
      entered_at integer not null,
      frames text,
      parent text,
      owner text,
      until integer,
      lease_ms integer,
      deadline integer,
      due integer,
      error text,
      progress text
    ) strict;
    create index pw_${table}_ready on ${table} (suspect, priority, seq) where status = 'ready';
    create index pw_${table}_delayed on ${table} (due) where status = 'delayed';
    create index pw_${table}_leased on ${table} (until) where status = 'leased';
    create index pw_${table}_dead on ${table} (seq) where status = 'dead';`
}

/** A message whose lease has run out. */
export interface Expired {
  readonly seq: number
  readonly id: string
  readonly token: number
  readonly hop: number
  readonly suspect: number
  readonly attempts: number
  readonly crashes: number
  readonly owner: string | null
  readonly until: number
  readonly deadline: number
}

/** The columns that make an `Expired`. */
export const expiredColumns = 'seq, id, token, hop, suspect, attempts, crashes, owner, until, deadline'

/** What a decision about one message needs to know of it. */
export interface Peeked {
  readonly seq: number
  readonly token: number
  readonly hop: number
  readonly status: string
  readonly until: number | null
  readonly due: number | null
}
