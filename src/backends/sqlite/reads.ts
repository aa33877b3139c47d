import { checkLines, checkPage } from '../../queue/check-question.ts'
import type { Clock } from '../../queue/clock.ts'
import type { Moment } from '../../queue/lapse.ts'
import { deploysOf } from './deploys.ts'
import { readJourney } from './journey.ts'
import type { QueueTable } from './queue-table.ts'
import type { Reader } from './reader.ts'
import { countQueue, countQueues, getRow, listRows } from './reading.ts'
import { rowOf } from './row.ts'
import type { Spare } from './spare.ts'
import type { SqliteBackend } from './sqlite-backend.ts'

/** What reads need. */
interface ReadsParts {
  readonly reader: Pick<Reader, 'read' | 'readOnce' | 'query'>
  readonly clock: Clock
  readonly spare: Spare
  /** The table of a queue as it is now, outside of a transaction. Throws a `NotFoundError`. */
  readonly tableOf: (queue: string) => QueueTable
}

/** The part of a backend that only reads. */
type Reads = Pick<SqliteBackend, 'deploys' | 'get' | 'list' | 'count' | 'journey' | 'query'>

/** What a backend answers without writing. */
export function makeReads({ reader, clock, spare, tableOf }: ReadsParts): Reads {
  function moment(): Moment {
    return { now: Math.floor(clock.now()), elapsed: Math.floor(clock.elapsed()) }
  }

  return {
    deploys: (workflow) => reader.readOnce((db) => deploysOf(db, workflow)),
    get: (queue, id) =>
      reader.readOnce((db) => {
        const cells = getRow(db, tableOf(queue).entry, id)
        return cells && rowOf(cells, moment())
      }),
    list: (queue, page = {}) =>
      reader.readOnce((db) => {
        checkPage(queue, page)
        return listRows(db, tableOf(queue).entry, { page, moment: moment() })
      }),
    count: (queue) =>
      reader.read((db) =>
        queue === undefined
          ? countQueues(db, moment(), spare)
          : countQueue(db, moment(), tableOf(queue).entry.ref),
      ),
    journey: (workflow, id, limit = 1000) =>
      reader.read((db) => {
        checkLines(id, limit)
        return readJourney(db, { workflow, id, limit, moment: moment() })
      }),
    query: (sql, maxRows = 1000) => reader.query(sql, maxRows),
  }
}
