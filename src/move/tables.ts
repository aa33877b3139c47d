/** What a column holds, in the canonical form of a row. */
export type Kind =
  /** A whole number. */
  | 'integer'
  | 'real'
  /** 0 or 1. */
  | 'flag'
  | 'text'
  /** The text of a JSON array of numbers. */
  | 'numbers'
  /** Words, with a space between two of them. */
  | 'words'

/** A column. */
export interface Column {
  readonly name: string
  readonly kind: Kind
}

/** A table that is moved, in the terms of both backends. */
export interface Table {
  readonly name: TableName
  /** The columns by which its rows are told, and in whose order they are read. */
  readonly key: readonly string[]
  readonly columns: readonly Column[]
}

/** A cell, a row, and the cells of its key. */
export type Cell = string | number | null
export type Row = readonly Cell[]
export type Key = readonly (string | number)[]

const kinds: Readonly<Record<string, Kind>> = {
  '': 'text',
  ':i': 'integer',
  ':r': 'real',
  ':f': 'flag',
  ':n': 'numbers',
  ':w': 'words',
}

function columnsOf(text: string): readonly Column[] {
  return text
    .trim()
    .split(/\s+/)
    .map((word) => {
      const [, name = '', kind = ''] = /^(\w+)(:\w)?$/.exec(word)!
      return { name, kind: kinds[kind]! }
    })
}

/*
 * Every table of both schemas, in the order in which they are filled: what others refer to comes first. A column without a kind is a
 * text.
 */
const all = {
  queues: {
    key: ['ref'],
    columns: `ref:i name view workflow role keeps tags retired:f heirs behind gated:f holding:f keyed:f made_at:i`,
  },
  names: { key: ['name'], columns: 'name ref:i' },
  deploys: { key: ['workflow', 'fingerprint'], columns: 'workflow fingerprint deploy:i declared_at:i' },
  gates: {
    key: ['ref'],
    columns: `ref:i name key declared own closed:f actor reason until:i held:i tat:r paid_at:i failures:i broken_until:i`,
  },
  lanes: {
    key: ['ref'],
    columns: 'ref:i queue:i key priority:i turn:i idle:f suspects:f blocked:i until:i',
  },
  tokens: {
    key: ['token'],
    columns: `token:i entered_at:i finished_at:i left_at:i arrived_at:i due:i leased_at:i until:i lease_ms:i deadline:i priority:i
      lane:i queue:i hop:i attempts:i crashes:i lease:i deploy:i missing:i rev:i source:i suspect:f alone:f holds:f status outcome
      owner id workflow parent traceparent value frames error progress reply waits tolls brought`,
  },
  values: { key: ['token', 'hop'], columns: 'token:i hop:i value frames' },
  history: {
    key: ['line'],
    columns: `line:i at:i token:i work_ms:r hop:i queue:i target:i attempt:i deploy:i event owner actor reason fields error`,
  },
  letters: {
    key: ['seq'],
    columns: 'seq:i token:i hop:i name key value failure sender at:i read:f',
  },
  steps: {
    key: ['step'],
    columns: 'step:i token:i hop:i path kind name hash:i deploy:i value failure at:i',
  },
  records: {
    key: ['workflow', 'token', 'hop', 'key'],
    columns: 'workflow token:i hop:i key rev:i value until:i',
  },
  holds: { key: ['token', 'gate'], columns: 'token:i gate:i units:i' },
  marks: { key: ['token', 'hop', 'mark'], columns: 'token:i hop:i queue:i mark number:r text' },
  texts: { key: ['token'], columns: 'token:i queue:i hop:i words:w' },
  counts: {
    key: ['queue'],
    columns: 'queue:i ready:i leased:i delayed:i dead:i waiting:i entered:i left:i',
  },
  meters: {
    key: ['ms', 'at', 'queue', 'target'],
    columns: `ms:i at:i queue:i target:i entered:i moved:i failed:i age:n age_ms:r work:n work_ms:r`,
  },
  inbox: {
    key: ['workflow', 'n'],
    columns: 'workflow n:i id value priority:i state why entered_at:i',
  },
} as const

/** The names of the tables. */
export type TableName = keyof typeof all

/** The tables, in the order in which they are filled. */
export const tables: readonly Table[] = Object.entries(all).map(([name, { key, columns }]) => ({
  ...{ name: name as TableName, key, columns: columnsOf(columns) },
}))

/** Where a column is in the rows of a table. */
export function placeIn({ name, columns }: Table, column: string): number {
  const at = columns.findIndex((each) => each.name === column)
  if (at < 0) throw new Error(`${name} has no column ${column}.`)
  return at
}

/** The cells of the key of a row. */
export function keyOf(table: Table, row: Row): Key {
  return table.key.map((column) => row[placeIn(table, column)] as string | number)
}
