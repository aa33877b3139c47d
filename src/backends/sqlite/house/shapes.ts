import type { Table, TableName } from '../../../move/tables.ts'
import type { Connection } from '../file/open-database.mjs'

/** Where the rows of a table are, and what its columns are there, where they are not just of the same name. */
interface Shape {
  readonly from: string
  /** What stands before the names of columns. */
  readonly of: string
  readonly cells: Readonly<Record<string, string>>
}

const shapes: Readonly<Partial<Record<TableName, Shape>>> = {
  history: {
    from: 'pw_history h left join pw_events e on e.ref = h.event left join pw_owners o on o.ref = h.owner',
    of: 'h.',
    cells: { event: 'e.name', owner: 'o.name' },
  },
  marks: {
    from: 'pw_marks',
    of: '',
    cells: {
      number: `iif(typeof(value) = 'text', null, value)`,
      text: `iif(typeof(value) = 'text', value, null)`,
    },
  },
  texts: {
    from: 'pw_texts x left join pw_text w on w.rowid = x.token',
    of: 'x.',
    cells: { words: `coalesce(w.words, '')` },
  },
}

/** Where the rows of a table are in this file. */
export function shapeOf(db: Connection, { name, columns }: Table): Shape {
  if (name !== 'inbox') return shapes[name] ?? { from: `pw_${name}`, of: '', cells: {} }
  const inboxes = db
    .prepare<[], { workflow: string; name: string }>(
      'select workflow, name from pw_inboxes order by workflow',
    )
    .all()
  const own = columns.slice(1).map((column) => column.name)
  const terms = inboxes.map(
    (inbox) =>
      `select cast(x'${Buffer.from(inbox.workflow).toString('hex')}' as text) as workflow, ${own.join(', ')} from ${inbox.name}`,
  )
  const none = `select ${['workflow', ...own].map((column) => `null as ${column}`).join(', ')} where 0`
  return { from: `(${[none, ...terms].join(' union all ')})`, of: '', cells: {} }
}

/** The SQL for a column. */
export function cellSql({ of, cells }: Shape, column: string): string {
  return cells[column] ?? `${of}"${column}"`
}
