import { checkFamilyPage } from '../../../queue/check-family.ts'
import { checkTally } from '../../../queue/check-filter.ts'
import { checkRecalling } from '../../../queue/check-letter.ts'
import { checkLinesRequest } from '../../../queue/check-lines.ts'
import { checkJourneyPart, checkPage } from '../../../queue/check-question.ts'
import { checkRecordPage } from '../../../queue/check-record.ts'
import type { Clock } from '../../../queue/clock.ts'
import type { Moment } from '../../../queue/lapse.ts'
import type { InboxTable } from '../../../queue/rules/inbox-cells.ts'
import type { Placed } from '../../../queue/rules/metering.ts'
import { deploysOf } from '../declare/deploys.ts'
import type { Connection } from '../file/connection.ts'
import { countInboxes, inboxNamed, listEntries, readEntry } from '../inbox/inbox-rows.ts'
import type { SqliteBackend } from '../sqlite-backend.ts'
import { prepared } from '../tables/prepared.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { countQueues } from './counts.ts'
import { readFamily } from './family.ts'
import { GatesInFile } from './gates.ts'
import { readJourney } from './journey.ts'
import { readPage } from './lines.ts'
import { listRows } from './pages.ts'
import { readPulse } from './pulse.ts'
import type { Reader } from './reader.ts'
import { recall } from './recall.ts'
import { listRecords } from './records.ts'
import { tallyRows } from './tallies.ts'
import { readWaiting } from './waiting.ts'

/** What reads need. */
export interface ReadsParts {
  readonly reader: Pick<Reader, 'read' | 'readOnce' | 'query'>
  readonly clock: Clock
  /** The queue that a name means now; throws a `NotFoundError`. */
  readonly queueOf: (name: string) => QueueEntry
  /** The meters of this process that are not in the table yet. */
  readonly gathered: () => readonly Placed<number>[]
}

/** The part of a backend that only reads. */
export type Reads = Pick<
  SqliteBackend,
  | 'deploys'
  | 'get'
  | 'list'
  | 'count'
  | 'tally'
  | 'records'
  | 'recall'
  | 'family'
  | 'gates'
  | 'journey'
  | 'lines'
  | 'pulse'
  | 'query'
>

/** The reading methods of a backend. */
export function makeReads({ reader, clock, queueOf, gathered }: ReadsParts): Reads {
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

  function countsOf(db: Connection, ref?: number) {
    return countQueues(db, moment(), ref).map(({ count }) => count)
  }

  return {
    deploys: (workflow) => reader.readOnce((db) => deploysOf(db, workflow)),
    get: (name, id) =>
      reader.read((db) => {
        const place = placeOf(db, name)
        if (!isQueue(place)) return readEntry(db, place, id)
        return readWaiting(db, { workflow: place.workflow, id, queue: place.ref, moment: moment() })
      }),
    list: (of, page = {}) =>
      reader.read((db) => {
        checkPage(of, page)
        const asked = { of, page, moment: moment() }
        if (typeof of !== 'string') return listRows(db, queuesOf(db, of.workflow), asked)
        const place = placeOf(db, of)
        return isQueue(place) ? listRows(db, [place], asked) : listEntries(db, place, page)
      }),
    count: (name) =>
      reader.read((db) => {
        if (name === undefined) return [...countsOf(db), ...countInboxes(db)]
        const place = placeOf(db, name)
        return isQueue(place) ? countsOf(db, place.ref) : countInboxes(db, place.name)
      }),
    tally: (request) =>
      reader.read((db) => {
        checkTally(request)
        const { queue, workflow } = request
        const queues = queue === undefined ? queuesOf(db, workflow!) : [queueOf(queue)]
        return tallyRows(db, queues, { request, moment: moment() })
      }),
    records: (scope, page = {}) =>
      reader.readOnce((db) => {
        checkRecordPage(scope, page)
        return listRecords(db, scope, { page, now: moment().now })
      }),
    recall: (workflow, id, what = {}) =>
      reader.read((db) => {
        checkRecalling(id, what)
        return recall(db, { workflow, id, what })
      }),
    family: (workflow, id, page = {}) =>
      reader.read((db) => {
        checkFamilyPage(id, page)
        return readFamily(db, { workflow, id, page, moment: moment() })
      }),
    gates: () => reader.readOnce((db) => new GatesInFile(db).states(moment().now)),
    journey: (workflow, id, part = {}) =>
      reader.read((db) => {
        checkJourneyPart(id, part)
        return readJourney(db, { workflow, id, ...part, moment: moment() })
      }),
    lines: (request = {}) =>
      reader.read((db) => {
        checkLinesRequest(request)
        return readPage(db, request)
      }),
    pulse: (after) => reader.read((db) => readPulse(db, { after, moment: moment(), gathered: gathered() })),
    query: (sql, maxRows = 1000) => reader.query(sql, maxRows),
  }
}

/** The queues of a workflow that it has now. */
function queuesOf(db: Connection, workflow: string) {
  return prepared<[string], Pick<QueueEntry, 'ref' | 'name' | 'workflow' | 'behind'>>(
    db,
    'select ref, name, workflow, behind from pw_queues where workflow = ? and not retired order by ref',
  ).all(workflow)
}

function isQueue(place: QueueEntry | InboxTable): place is QueueEntry {
  return 'ref' in place
}
