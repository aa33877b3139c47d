import { viewName } from '../../../queue/view-name.ts'
import type { Connection } from '../file/connection.ts'

/*
 * One real table for each workflow, into which other programs insert. Nothing in it is newer than SQLite 3.40: an older
 * program that opens the file reads the whole schema. One that writes needs 3.51.3: older ones can corrupt a WAL that
 * processes share. The message of a trigger has to be a literal.
 */

/** The SQL for a version as a number: 3.51.3 is 3051003. It compares numbers: 3.9 is older than 3.51. */
function numberOf(version: string): string {
  const rest = `substr(${version}, instr(${version}, '.') + 1)`
  const part = (text: string) => `cast(${text} as integer)`
  return `(${part(version)} * 1000000 + ${part(rest)} * 1000 + ${part(`substr(${rest}, instr(${rest}, '.') + 1)`)})`
}

/** Numbers that JavaScript has, and a cursor of a page. */
const most = 999_999_999_999_999

const refusal =
  'This SQLite can corrupt a file that processes share: write to it with SQLite 3.51.3 or newer, or push over HTTP.'

function guard(name: string, event: 'insert' | 'update' | 'delete'): string {
  return `create trigger pw_${name}_${event} before ${event} on ${name}
    when ${numberOf('sqlite_version()')} < 3051003
    begin select raise(abort, '${refusal}'); end;`
}

/** Makes the inbox of `workflow` in the transaction that is open. */
export function createInbox(db: Connection, workflow: string): void {
  const isTaken = db.prepare<[string]>('select 1 from sqlite_schema where name = ?')
  const name = viewName(`${workflow}/inbox`, (each) => isTaken.get(each) !== undefined)
  db.exec(`
    create table ${name} (
      n integer primary key check (n between 1 and ${most}),
      id text not null,
      value text not null,
      priority integer check (priority between -${most} and ${most}),
      state text not null default 'waiting' check (state in ('waiting', 'refused')),
      why text,
      entered_at integer not null default (cast((julianday('now') - 2440587.5) * 86400000 as integer))
        check (entered_at between 0 and ${most}),
      unique (id)
    ) strict;
    create index pw_${name}_state on ${name} (state, n);
    ${guard(name, 'insert')}
    ${guard(name, 'update')}
    ${guard(name, 'delete')}`)
  db.prepare('insert into pw_inboxes (workflow, name) values (?, ?)').run(workflow, name)
  createInboxCounts(db)
}

// So many selects fit into one: SQLite allows 500.
const mostTerms = 400

/** Makes the view of how many entries each inbox has, by what they are, anew. */
export function createInboxCounts(db: Connection): void {
  const names = db.prepare<[], string>('select name from pw_inboxes order by name').pluck().all()
  const terms = names.map(
    (name) => `select '${name}' as name,
    (select count(*) from ${name} where state = 'waiting') as waiting,
    (select count(*) from ${name} where state = 'refused') as refused,
    (select entered_at from ${name} order by n limit 1) as oldest_ms`,
  )
  const parts = []
  for (let i = 0; i < terms.length; i += mostTerms)
    parts.push(`select * from (${terms.slice(i, i + mostTerms).join('\nunion all ')})`)
  const none = 'select null as name, 0 as waiting, 0 as refused, null as oldest_ms where 0'
  db.exec(`drop view if exists inboxes; create view inboxes as
    select i.workflow, i.name, c.waiting, c.refused, c.oldest_ms
    from pw_inboxes i join (${[none, ...parts].join('\nunion all ')}) c on c.name = i.name`)
}
