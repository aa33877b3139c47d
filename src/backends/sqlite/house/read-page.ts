import type { Part } from '../../../move/house.ts'
import { Page } from '../../../move/page.ts'
import type { Cell, Row, Table } from '../../../move/tables.ts'
import type { Connection } from '../file/open-database.mjs'
import { prepared } from '../tables/prepared.ts'
import { cellSql, shapeOf } from './shapes.ts'

/** Reads rows in the order of their keys. */
export function readPage(db: Connection, table: Table, { after, upTo, limit, bytes }: Part): Page {
  const shape = shapeOf(db, table)
  const key = table.key.map((column) => cellSql(shape, column))
  const cells = table.columns.map(({ name }) => cellSql(shape, name))
  const bound = (sign: string) => `(${key.join(', ')}) ${sign} (${key.map(() => '?').join(', ')})`
  const where = [...(after ? [bound('>')] : []), ...(upTo ? [bound('<=')] : [])]
  const sql = `select ${cells.join(', ')} from ${shape.from}${where.length > 0 ? ` where ${where.join(' and ')}` : ''}
    order by ${key.join(', ')} limit ?`
  const statement = prepared<unknown[], Cell[]>(db, sql).raw()
  const rows: Row[] = []
  let size = 0
  for (const row of statement.iterate(...(after ?? []), ...(upTo ?? []), limit)) {
    rows.push(row)
    for (const cell of row) if (typeof cell === 'string') size += cell.length
    if (size >= bytes) break
  }
  return Page.ofRows(table, rows)
}

/** How many rows a table has. */
export function countRows(db: Connection, table: Table): number {
  const { from } = shapeOf(db, table)
  return db.prepare<[], number>(`select count(*) from ${from}`).pluck().get()!
}
