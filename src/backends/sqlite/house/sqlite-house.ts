import { existsSync, rmSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Move, Numbers, Part, Source, Standing, Target } from '../../../move/house.ts'
import { refuseOther } from '../../../move/refuse-other.ts'
import { sayMoved, sayMoving } from '../../../move/say.ts'
import { type Table, type TableName, tables } from '../../../move/tables.ts'
import { type Clock, systemClock } from '../../../queue/clock.ts'
import { BackendError } from '../../../queue/errors.ts'
import {
  asOpening,
  type Connection,
  createFile,
  openConnection,
  setAutoCheckpoint,
} from '../file/connection.ts'
import { schemaVersion } from '../file/migrations.ts'
import { sayFailure } from '../file/say-failure.ts'
import { fillingVersion, versionOf } from '../file/version.ts'
import { closeTables, createHouse, openTables, standingOf } from './closing.ts'
import {
  foundFile,
  numbersOf,
  openFile,
  pagesOf,
  progressOf,
  settleFile,
  shiftOf,
  whileFilling,
  writePage,
} from './fill.ts'
import { countRows, readPage } from './read-page.ts'
import { RowWriter } from './write-rows.ts'

const busyMs = 30_000
const cacheKb = 200_000

/** A SQLite file that is left, or filled. It is not made before it is founded. */
export function sqliteHouse(path: string, clock: Clock = systemClock): Source & Target {
  const where = resolve(path)
  let db: Connection | undefined
  let writer: RowWriter | undefined

  function isThere(): boolean {
    return existsSync(where) && statSync(where).size > 0
  }

  function connection(): Connection {
    db ??= open(where)
    return db
  }

  // What SQLite throws becomes a sentence.
  async function asked<T>(work: (db: Connection) => T): Promise<T> {
    try {
      return work(connection())
    } catch (error) {
      throw sayFailure(where, error)
    }
  }

  function change(move: Move, from: Standing['is'], state: 'moving' | 'moved' | 'open'): Promise<void> {
    return asked((open) =>
      open
        .transaction(() => {
          const found = standingOf(open)
          const isOwn = from === 'open' || ('move' in found && found.move === move.move)
          if (found.is !== from || !isOwn)
            refuseOther(where, state === 'open' ? 'be opened again' : 'be closed')
          open.exec(createHouse)
          if (state === 'open') {
            openTables(open)
            open.exec('delete from pw_house')
            return
          }
          const sentence = (state === 'moving' ? sayMoving : sayMoved)(where, move.partner)
          closeTables(open, sentence)
          open
            .prepare(
              'insert or replace into pw_house (one, state, move, partner, sentence, at) values (1, ?, ?, ?, ?, ?)',
            )
            .run(state, move.move, move.partner, sentence, Math.floor(clock.now()))
        })
        .immediate(),
    )
  }

  return {
    where,
    holds: new Set<TableName>(tables.map(({ name }) => name)),
    keepsNul: true,
    hasAnyNumber: true,
    async standing() {
      return isThere() ? asked(standing) : { is: 'absent' }
    },
    async clocks() {
      return { now: Math.floor(clock.now()), elapsed: Math.floor(clock.elapsed()) }
    },
    read: (table: Table, part: Part) => asked((open) => readPage(open, table, part)),
    count: (table: Table) => asked((open) => countRows(open, table)),
    close: (move) => change(move, 'open', 'moving'),
    closeForGood: (move) => change(move, 'moving', 'moved'),
    reopen: (move) => change(move, 'moving', 'open'),
    numbers: () => asked(numbersOf),
    beginning: () =>
      asked(
        (open) =>
          open.prepare<[], number>('select at from pw_history order by line limit 1').pluck().get() ??
          undefined,
      ),
    async found(founding) {
      createFile(where)
      await asked((open) => {
        if (standing(open).is !== 'absent') refuseOther(where, 'be made')
        foundFile(open, founding, Math.floor(clock.now()))
      })
    },
    shiftMs: () => asked(shiftOf),
    progress: () => asked(progressOf),
    async write(move, page, before) {
      return asked((open) => {
        writer ??= new RowWriter(open)
        const own = writer
        try {
          // A page that a power cut takes is taken with its cursor.
          open.pragma('synchronous = normal')
          const next = whileFilling(open, move, () => writePage(open, own, page, before))
          own.committed()
          return next
        } catch (error) {
          own.discard()
          throw error
        } finally {
          open.pragma('synchronous = full')
        }
      })
    },
    pages: (table) => asked((open) => pagesOf(open, table)),
    settle: (move, numbers: Numbers) =>
      asked((open) => whileFilling(open, move, () => settleFile(open, numbers))),
    checked: (move, { name }, hash) =>
      asked((open) =>
        whileFilling(open, move, () => {
          open.prepare('update pw_house_tables set hash = ? where name = ? and is_copied = 1').run(hash, name)
        }),
      ),
    open: (move, numbers) =>
      asked((open) => {
        const [at, elapsed] = [Math.floor(clock.now()), Math.floor(clock.elapsed())]
        whileFilling(open, move, () => openFile(open, { move, numbers, at, ahead: at - elapsed }))
        open.pragma('wal_checkpoint(truncate)')
      }),
    async raze(move) {
      await asked((open) => whileFilling(open, move, () => {}))
      writer = undefined
      // What is in the WAL is in the file then, so that no WAL is left that a new file would take for its own.
      db?.close()
      db = undefined
      for (const end of ['', '-wal', '-shm']) rmSync(`${where}${end}`, { force: true })
    },
    async end() {
      db?.close()
      db = undefined
    },
  }
}

function open(path: string): Connection {
  try {
    const db = openConnection(path)
    db.pragma(`busy_timeout = ${busyMs}`)
    db.pragma(`cache_size = -${cacheKb}`)
    setAutoCheckpoint(db, true)
    return db
  } catch (error) {
    throw asOpening(path, error)
  }
}

function standing(db: Connection): Standing {
  const version = versionOf(db, Number.POSITIVE_INFINITY)
  if (version === 0) return { is: 'absent' }
  if (version !== schemaVersion && version !== fillingVersion)
    throw new BackendError(
      version > schemaVersion
        ? `${db.name} was written by a newer Pipewright (schema ${version}, this one knows ${schemaVersion}); update this package. Nothing was changed.`
        : `The database ${db.name} has the schema of an older version (${version}; this one is ${schemaVersion}); run \`pipewright migrate --db ${db.name}\` first. Nothing was changed.`,
    )
  return standingOf(db)
}
