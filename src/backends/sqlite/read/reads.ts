import { checkLines, checkPage } from '../../../queue/check-question.ts'
import { checkRecordPage } from '../../../queue/check-record.ts'
import type { Clock } from '../../../queue/clock.ts'
import type { Moment } from '../../../queue/lapse.ts'
import { deploysOf } from '../declare/deploys.ts'
import type { Connection } from '../file/connection.ts'
import { countInboxes, type InboxTable, inboxNamed, listEntries, readEntry } from '../inbox/inbox-rows.ts'
import type { SqliteBackend } from '../sqlite-backend.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { countQueues } from './counts.ts'
import { GatesInFile } from './gates.ts'
import { readJourney } from './journey.ts'
import { listRows } from './pages.ts'
import type { Reader } from './reader.ts'
import { listRecords } from './records.ts'
import { readWaiting } from './waiting.ts'

/** What reads need. */
export interface ReadsParts {
  readonly reader: Pick<Reader, 'read' | 'readOnce' | 'query'>
  readonly clock: Clock
  /** The queue that a name means now; throws a `NotFoundError`. */
  readonly queueOf: (name: string) => QueueEntry
}

/** The part of a backend that only reads. */
export type Reads = Pick<
  SqliteBackend,
  'deploys' | 'get' | 'list' | 'count' | 'records' | 'gates' | 'journey' | 'query'
>

/** The reading methods of a backend. */
export function makeReads({ reader, clock, queueOf }: ReadsParts): Reads {
  function moment(): Moment {
    return { now: Math.floor(clock.now()), elapsed: Math.floor(clock.elapsed()) }
  }

  // Queues first: they are asked for all the time, inboxes seldom.
  function placeOf(db: Connection, name: string): QueueEntry | InboxTable {
    try {
      return queueOf(name)
    } catch (error) {
      const inbox = inboxNamed(db, name)
      if (inbox) return inbox
      throw error
    }
  }

  return {
    deploys: (workflow) => reader.readOnce((db) => deploysOf(db, workflow)),
    get: (name, id) =>
      reader.readOnce((db) => {
        const place = placeOf(db, name)
        if (!isQueue(place)) return readEntry(db, place, id)
        return readWaiting(db, { workflow: place.workflow, id, queue: place.ref, moment: moment() })
      }),
    list: (name, page = {}) =>
      reader.readOnce((db) => {
        checkPage(name, page)
        const place = placeOf(db, name)
        return isQueue(place) ? listRows(db, place, { page, moment: moment() }) : listEntries(db, place, page)
      }),
    count: (name) =>
      reader.read((db) => {
        if (name === undefined) return [...countQueues(db, moment()), ...countInboxes(db)]
        const place = placeOf(db, name)
        return isQueue(place) ? countQueues(db, moment(), place.ref) : countInboxes(db, place.name)
      }),
    records: (scope, page = {}) =>
      reader.readOnce((db) => {
        checkRecordPage(scope, page)
        return listRecords(db, scope, { page, now: moment().now })
      }),
    gates: () => reader.readOnce((db) => new GatesInFile(db).states(moment().now)),
    journey: (workflow, id, limit = 1000) =>
      reader.read((db) => {
        checkLines(id, limit)
        return readJourney(db, { workflow, id, limit, moment: moment() })
      }),
    query: (sql, maxRows = 1000) => reader.query(sql, maxRows),
  }
}

function isQueue(place: QueueEntry | InboxTable): place is QueueEntry {
  return 'ref' in place
}
