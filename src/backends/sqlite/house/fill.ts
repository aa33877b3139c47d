import type { Founding, Numbers, Progress, WrittenPage } from '../../../move/house.ts'
import { type ProgressCells, progressFrom } from '../../../move/house-cells.ts'
import type { Page } from '../../../move/page.ts'
import { refuseOther } from '../../../move/refuse-other.ts'
import type { Key, Table, TableName } from '../../../move/tables.ts'
import { eventNumbers } from '../file/history-events.ts'
import { allMigrations, schemaVersion } from '../file/migrations.ts'
import type { Connection } from '../file/open-database.mjs'
import { fillingVersion, sign } from '../file/version.ts'
import { prepared } from '../tables/prepared.ts'
import { createQueueView } from '../tables/views.ts'
import { createHouse } from './closing.ts'
import type { RowWriter } from './write-rows.ts'

/** Makes all tables in an empty file, with the mark that it is being filled, in one commit. */
export function foundFile(db: Connection, { move, partner, shiftMs }: Founding, at: number): void {
  db.transaction(() => {
    for (const step of allMigrations) step(db)
    db.exec(createHouse)
    db.prepare(
      `insert into pw_house (state, move, partner, sentence, shift_ms, at) values ('filling', ?, ?, '', ?, ?)`,
    ).run(move, partner, shiftMs, at)
    // No package, of whatever version, opens a file whose version it does not know.
    sign(db, fillingVersion)
  }).immediate()
}

/** What the file was made with. */
export function shiftOf(db: Connection): number {
  return db.prepare<[], number>('select shift_ms from pw_house').pluck().get()!
}

/** How far each table has come. */
export function progressOf(db: Connection): ReadonlyMap<TableName, Progress> {
  return progressFrom(db.prepare<[], ProgressCells>('select * from pw_house_tables').all())
}

/** Does `work`, in one commit, if the file is being filled by this move. */
export function whileFilling<T>(db: Connection, move: string, work: () => T): T {
  return db
    .transaction(() => {
      const found = db.prepare('select 1 from pw_house where state = ? and move = ?').get('filling', move)
      if (found === undefined) refuseOther(db.name, 'be filled')
      return work()
    })
    .immediate()
}

/** Writes a page, in the transaction that is open. */
export function writePage(db: Connection, writer: RowWriter, page: Page, before: Progress): Progress {
  const { table, size, lastKey } = page
  const after = lastKey ?? before.after
  const next = { copied: before.copied + size, after, isCopied: size === 0, hash: undefined }
  prepared<unknown[], never>(db, 'insert or ignore into pw_house_tables (name) values (?)').run(table.name)
  const { changes } = prepared<unknown[], never>(
    db,
    `update pw_house_tables set copied = ?, after = ?, is_copied = ? where name = ? and copied = ? and is_copied = 0`,
  ).run(next.copied, after ? JSON.stringify(after) : null, next.isCopied ? 1 : 0, table.name, before.copied)
  if (changes === 0) refuseOther(db.name, 'be filled')
  if (!lastKey) return next
  prepared<unknown[], never>(
    db,
    'insert into pw_house_pages (name, before, up_to, rows, hash) values (?, ?, ?, ?, ?)',
  ).run(table.name, before.copied, JSON.stringify(lastKey), size, page.hash)
  writer.write(table, page.rows)
  return next
}

/** The pages of a table that were written. */
export function pagesOf(db: Connection, { name }: Table): readonly WrittenPage[] {
  const rows = db
    .prepare<[string], { up_to: string; rows: number; hash: string }>(
      'select up_to, rows, hash from pw_house_pages where name = ? order by before',
    )
    .all(name)
  return rows.map(({ up_to, ...rest }) => ({ ...rest, upTo: JSON.parse(up_to) as Key }))
}

const sequences = { pw_letters: 'letter', pw_steps: 'step', pw_records: 'revision' } as const

/** The highest numbers that were ever given. */
export function numbersOf(db: Connection): Numbers {
  const one = (sql: string) => db.prepare<[], number | null>(sql).pluck().get() ?? 0
  const given = (table: string) => one(`select max(seq) from sqlite_sequence where name = '${table}'`)
  return {
    token: one('select max(token) from pw_tokens'),
    line: one('select max(line) from pw_history'),
    letter: given('pw_letters'),
    step: given('pw_steps'),
    revision: given('pw_records'),
    turn: Math.max(one('select max(turn) from pw_queues'), one('select max(turn) from pw_lanes')),
  }
}

/** Makes what is not a row, in the transaction that is open. */
export function settleFile(db: Connection, numbers: Numbers): void {
  for (const [table, name] of Object.entries(sequences)) {
    const { changes } = db
      .prepare('update sqlite_sequence set seq = max(seq, ?) where name = ?')
      .run(numbers[name], table)
    if (changes === 0)
      db.prepare('insert into sqlite_sequence (name, seq) values (?, ?)').run(table, numbers[name])
  }
  db.prepare('update pw_queues set turn = ?').run(numbers.turn)
  db.exec(`update pw_queues set paused = exists (select 1 from pw_gates g where g.name = pw_queues.name and g.key = ''
    and g.closed and g.until is null)`)
  const queues = db
    .prepare<[], { view: string; workflow: string; ref: number }>('select view, workflow, ref from pw_queues')
    .all()
  for (const queue of queues) db.exec(`drop view if exists "${queue.view}"; ${createQueueView(queue)}`)
  db.exec('update pw_declared set times = times + 1')
}

/** Opens the file, in the transaction that is open: the line that says so has a number behind all that were ever given. */
export function openFile(
  db: Connection,
  { move, numbers, at, ahead }: { move: string; numbers: Numbers; at: number; ahead: number },
): void {
  const partner = db.prepare<[], string>('select partner from pw_house').pluck().get()!
  db.prepare(
    `insert into pw_history (line, at, token, hop, queue, event, reason) values (?, ?, 0, 0, 0, ${eventNumbers.noted}, ?)`,
  ).run(numbers.line + 1, at, `The queues were moved here from ${partner}.`)
  db.prepare('update pw_clock set ahead = ?').run(ahead)
  db.prepare(`update pw_house set state = 'open', at = ? where move = ?`).run(at, move)
  sign(db, schemaVersion)
}
