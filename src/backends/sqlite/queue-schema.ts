import type { Role } from '../../queue/declaration.ts'

/** A queue as the registry knows it. */
export interface QueueEntry {
  readonly ref: number
  readonly name: string
  readonly table: string
  readonly workflow: string
  readonly role: Role
  /** The tags that it accepts, as JSON text; null if its values are no states. */
  readonly tags: string | null
  /** 1 if no workflow has it any more. */
  readonly retired: number
  /** The refs of the queues that take over what is pushed into it, as JSON text; null if it takes all itself. */
  readonly heirs: string | null
}

/** Whether a queue accepts states with this tag. */
export function accepts({ tags }: Pick<QueueEntry, 'tags'>, tag: string | undefined): boolean {
  return tag !== undefined && tags !== null && (JSON.parse(tags) as string[]).includes(tag)
}

/**
 * The SQL that makes the table of a queue. `token` is the token's ref in pw_tokens: an integer key costs a hop half
 * of what an index on `id` would, and its order is the order in which tokens entered the workflow. `until` and
 * `deadline` are elapsed time, `due` and `leased_at` wall time. A check of `status` would cost a fifth of a hop.
 */
export function createTable(table: string): string {
  return `
    create table ${table} (
      token integer primary key,
      id text not null,
      hop integer not null,
      value text check (json_valid(value)),
      status text not null default 'ready',
      suspect integer not null default 0,
      alone integer not null default 0,
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
      progress text,
      leased_at integer
    ) strict;
    create index pw_${table}_ready on ${table} (suspect, priority) where status = 'ready';
    create index pw_${table}_delayed on ${table} (due) where status = 'delayed';
    create index pw_${table}_leased on ${table} (until) where status = 'leased';
    create index pw_${table}_dead on ${table} (token) where status = 'dead';
    ${createSinceIndex(table)}`
}

/**
 * The SQL that makes the index by which the oldest message is found. Those that are leased are few, and are looked
 * through: so what is leased in the transaction in which it comes costs nothing here.
 */
export function createSinceIndex(table: string): string {
  return `create index pw_${table}_since on ${table} (entered_at) where status <> 'leased';`
}

/** The SQL for the time when the oldest message came to a queue; null if there is none. */
export function oldestOf(table: string): string {
  const least = (which: string) => `select min(entered_at) as at from ${table} where status ${which} 'leased'`
  return `(select min(at) from (${least('<>')} union all ${least('=')}))`
}

/** A message whose lease has run out. */
export interface Expired {
  readonly token: number
  readonly id: string
  readonly hop: number
  readonly lease: number
  readonly suspect: number
  /** 1 if its worker worked on nothing beside it. */
  readonly alone: number
  readonly attempts: number
  readonly crashes: number
  readonly owner: string | null
  readonly until: number
  readonly deadline: number
}

/** The columns that make an `Expired`. */
export const expiredColumns =
  'token, id, hop, lease, suspect, alone, attempts, crashes, owner, until, deadline'

/** What a decision about one message needs to know of it. */
export interface Peeked {
  readonly token: number
  readonly hop: number
  readonly status: string
  readonly until: number | null
  readonly due: number | null
}

/** The columns of a lease, as they are set when a message is leased no more. */
export const unleased =
  'owner = null, until = null, lease_ms = null, deadline = null, progress = null, leased_at = null'

/** The condition under which a fence holds; its token, hop and lease are bound. */
export const fenced = `token = ? and hop = ? and lease = ? and status = 'leased'`

/** The SQL for a field of a column of JSON text: null where a hand has put something else, which must not stop a query. */
export function fieldOf(column: string, field: string): string {
  return `iif(json_valid(${column}), json_extract(${column}, '$.${field}'), null)`
}
