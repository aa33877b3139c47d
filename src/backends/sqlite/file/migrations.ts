import { createCounts } from '../tables/count-table.ts'
import { createGates, createOverrides } from '../tables/gate-table.ts'
import { createLetters } from '../tables/letter-table.ts'
import { createMarks } from '../tables/mark-table.ts'
import { createMeters } from '../tables/meter-table.ts'
import { createRecords } from '../tables/record-table.ts'
import { createSeeingViews } from '../tables/seeing-views.ts'
import { createSteps } from '../tables/step-table.ts'
import { createTexts } from '../tables/text-table.ts'
import { createValues } from '../tables/value-table.ts'
import { renewViews } from '../tables/views.ts'
import type { Connection } from './connection.ts'
import { addEvents } from './history-events.ts'
import { oneRowAToken } from './to-one-row.ts'
import { sign, versionOf } from './version.ts'

// pw_queues.ref and pw_tokens.ref stand for names in the many rows of pw_history and the queue tables.
const first = `
  create table pw_queues (
    ref integer primary key,
    name text not null unique,
    table_name text not null unique,
    workflow text not null,
    role text not null check (role in ('stage', 'review', 'output')),
    tags text check (json_valid(tags)),
    paused integer not null default 0,
    retired integer not null default 0,
    made_by text not null,
    made_at integer not null
  ) strict;
  create table pw_tokens (
    ref integer primary key,
    id text not null,
    workflow text not null,
    parent text,
    entered_at integer not null,
    finished_at integer,
    left_at integer,
    last_hop integer not null default 0,
    unique (id, workflow)
  ) strict;
  create table pw_events (ref integer primary key, name text not null) strict;
  create table pw_history (
    line integer primary key,
    at integer not null,
    token integer not null,
    hop integer not null,
    queue integer not null,
    event integer not null,
    attempt integer,
    actor text,
    reason text,
    error text,
    work_ms real
  ) strict;
  create index pw_history_token on pw_history (token);
  create table pw_deploys (
    workflow text not null,
    fingerprint text not null,
    deploy integer not null,
    declared_at integer not null,
    primary key (workflow, fingerprint)
  ) strict, without rowid;
  ${addEvents};
`

/** One step from a version of the schema to the next, in the transaction that is open. */
export type Migration = (db: Connection) => void

/** Every step there has ever been: append only. */
export const allMigrations: readonly Migration[] = [
  (db) => db.exec(first),
  // The fields of decisions.
  (db) => db.exec('alter table pw_history add column fields text'),
  // Whether a leased message is worked on alone.
  addAlone,
  // For operators: how tokens end, where they go, which worker has them since when, and which is the oldest.
  addAnswers,
  addHeirs,
  oneRowAToken,
  createRecords,
  // Letters, waits, steps and replies.
  addLetters,
  // Of which stays values are remembered, those values, and what people do, across tokens.
  createValues,
  createMarks,
  seeQueues,
  // Last, as it makes the view of queues, which shows where messages wait.
  createGates,
  createOverrides,
  createTexts,
]

function addLetters(db: Connection): void {
  db.exec(addEvents)
  allowRoles(db)
  createLetters(db)
  createSteps(db)
  renewViews(db)
}

// SQLite cannot change a check: the table, which is short, is made anew with all the columns that it has.
function allowRoles(db: Connection): void {
  const sql = db
    .prepare<[], string>("select sql from sqlite_schema where name = 'pw_queues'")
    .pluck()
    .get()!
    .replace("'output')", "'output', 'reply', 'standing')")
  db.exec(`create temp table pw_kept as select * from pw_queues; drop table pw_queues; ${sql};
    insert into pw_queues select * from temp.pw_kept; drop table temp.pw_kept`)
}

// How the queues are doing: counts, meters, and views of all messages and processes.
function seeQueues(db: Connection): void {
  createCounts(db)
  createMeters(db)
  createSeeingViews(db)
}

function addAlone(db: Connection): void {
  for (const table of tablesOf(db))
    db.exec(`alter table ${table} add column alone integer not null default 0`)
}

function addAnswers(db: Connection): void {
  for (const table of tablesOf(db))
    db.exec(
      `alter table ${table} add column leased_at integer; create index pw_${table}_since on ${table} (entered_at) where status <> 'leased'`,
    )
  db.exec(`
    alter table pw_history add column target integer;
    alter table pw_history add column owner integer;
    alter table pw_history add column deploy integer;
    create table pw_owners (ref integer primary key, name text not null unique) strict;
    create table pw_clock (ahead integer) strict;
    insert into pw_clock values (null);
    ${addEvents};
    alter table pw_tokens add column outcome text check (outcome in ('done', 'cancelled', 'discarded'));
    update pw_tokens set outcome = case
        when left_at is null then 'done'
        else coalesce((select iif(e.name in ('cancelled', 'discarded'), e.name, null)
                         from pw_history h join pw_events e on e.ref = h.event
                         where h.token = pw_tokens.ref order by h.line desc limit 1), 'done') end
      where finished_at is not null;`)
}

// Which queues take over what is pushed into those that were split, merged or left out (refs, in their order), the former
// names of renamed queues, and how often queues have been declared.
function addHeirs(db: Connection): void {
  db.exec(`
    alter table pw_queues add column heirs text check (json_valid(heirs));
    update pw_queues set heirs = '[]', paused = 0 where retired;
    create table pw_names (name text primary key, ref integer not null) strict, without rowid;
    create table pw_declared (times integer not null) strict;
    insert into pw_declared values (0);`)
}

function tablesOf(db: Connection): readonly string[] {
  return db.prepare<[], string>('select table_name from pw_queues').pluck().all()
}

/** The first version for which the whole file is written anew: see `migrateAlone`. */
export const rewrittenAt = allMigrations.indexOf(oneRowAToken) + 1

/** The version of the schema that this code reads and writes. */
export const schemaVersion = allMigrations.length

/**
 * Brings the file up to the version after the last of `migrations`, in one transaction: if the process is killed, the file
 * is old or new. Throws a `BackendError`, changing nothing, if the file is newer than that or belongs to another
 * program.
 */
export function migrate(db: Connection, migrations = allMigrations): void {
  const newest = migrations.length
  if (versionOf(db, newest) === newest) return
  db.transaction(() => {
    // Another process may have been quicker while this one waited for its turn.
    const version = versionOf(db, newest)
    if (version === newest) return
    for (const step of migrations.slice(version)) step(db)
    sign(db, newest)
  }).immediate()
}
