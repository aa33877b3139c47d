import type { Column, Key, Table, TableName } from '../../../move/tables.ts'
import { literal } from '../server/qualify.ts'

const sums = ['ready', 'leased', 'delayed', 'dead', 'waiting', 'entered', 'left']

const sources: Readonly<Partial<Record<TableName, string>>> = {
  counts: `(select queue, ${sums.map((name) => `sum("${name}")::bigint as "${name}"`).join(', ')} from pw_counts group by queue)`,
}

/** Where the rows of a table are. */
export function sourceOf({ name }: Table): string {
  return sources[name] ?? `pw_${name}`
}

/** The SQL for a column, in canonical form. */
export function cellSql({ name, kind }: Column): string {
  const column = `"${name}"`
  if (kind === 'flag') return `${column}::integer`
  // Without the sign of zero, which SQLite does not keep.
  if (kind === 'real') return `${column} + 0`
  if (kind === 'numbers') return `array_to_json(${column})::text`
  if (kind === 'words') return `array_to_string(${column}, ' ')`
  return column
}

/** The SQL for how many bytes a row has that may be long. */
export function sizeSql({ columns }: Table): string {
  const texts = columns.filter(({ kind }) => kind === 'text' || kind === 'numbers' || kind === 'words')
  const sizes = texts.map(({ name, kind }) =>
    kind === 'text' ? `coalesce(octet_length("${name}"), 0)` : `coalesce(pg_column_size("${name}"), 0)`,
  )
  return sizes.length === 0 ? '0' : sizes.join(' + ')
}

/** The SQL for the key of a row: texts in the order of their bytes, whatever order the database has. */
export function keySql({ key, columns }: Table): readonly string[] {
  return key.map((name) => {
    const isText = columns.find((column) => column.name === name)?.kind === 'text'
    return isText ? `"${name}" collate "C"` : `"${name}"`
  })
}

/** The SQL for the cells of a key. */
export function literals(key: Key): string {
  return key.map((cell) => (typeof cell === 'string' ? literal(cell) : `${cell}::bigint`)).join(', ')
}
