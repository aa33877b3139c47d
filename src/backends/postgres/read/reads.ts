import type { Backend } from '../../../queue/backend.ts'
import { checkFamilyPage } from '../../../queue/check-family.ts'
import { checkTally } from '../../../queue/check-filter.ts'
import { checkRecalling } from '../../../queue/check-letter.ts'
import { checkLinesRequest } from '../../../queue/check-lines.ts'
import { checkJourneyPart, checkPage } from '../../../queue/check-question.ts'
import { checkRecordPage } from '../../../queue/check-record.ts'
import { gateStates } from '../../../queue/rules/gate-states.ts'
import type { InboxTable } from '../../../queue/rules/inbox-cells.ts'
import type { MeterBook } from '../commit/meter-book.ts'
import { deploysOf } from '../declare/deploys.ts'
import { countInboxes, inboxNamed, listEntries, readEntry } from '../inbox/inbox-rows.ts'
import type { Database, Session } from '../server/database.ts'
import { standOf } from '../tables/queue-entry.ts'
import { canBeStored } from './can-be-stored.ts'
import { countQueues } from './counts.ts'
import { readFamily } from './family.ts'
import { readJourney } from './journey.ts'
import { allGates } from './known-gates.ts'
import { readLines } from './lines.ts'
import { listRows } from './pages.ts'
import { readPulse } from './pulse.ts'
import { recall } from './recall.ts'
import { listRecords } from './records.ts'
import { settledLine } from './settled-lines.ts'
import { tallyRows } from './tallies.ts'
import { tokenNumber } from './token-number.ts'
import { readWaiting } from './waiting.ts'

/** The part of a backend that only reads. */
export type Reads = Pick<
  Backend,
  | 'deploys'
  | 'get'
  | 'list'
  | 'tally'
  | 'count'
  | 'records'
  | 'recall'
  | 'family'
  | 'gates'
  | 'journey'
  | 'lines'
  | 'pulse'
>

/** The reading methods of a backend; `meters` are those of this process. */
export function makeReads(database: Database, meters: MeterBook): Reads {
  return {
    deploys: (workflow) =>
      database.read(async (session) => (canBeStored(workflow) ? deploysOf(session, workflow) : [])),
    get: (name, id) =>
      database.read(async (session) => {
        const inbox = await inboxUnlessQueue(session, name)
        if (inbox) return readEntry(session, inbox, id)
        const queue = session.queues.queue(name)
        return readWaiting(session, queue, await tokenNumber(session, queue.workflow, id))
      }),
    list: (of, page = {}) =>
      database.read(async (session) => {
        checkPage(of, page)
        const { queues } = session
        const inbox = typeof of === 'string' ? await inboxUnlessQueue(session, of) : undefined
        if (inbox) return listEntries(session, inbox, page)
        const about = typeof of === 'string' ? [queues.queue(of)] : queues.live(of.workflow)
        return listRows(session, about, { of, page })
      }),
    count: (name) =>
      database.read(async (session) => {
        const inbox = name === undefined ? undefined : await inboxUnlessQueue(session, name)
        if (inbox) return countInboxes(session, inbox.name)
        const ref = name === undefined ? undefined : session.queues.queue(name).ref
        const counts = (await countQueues(session, ref)).map(({ count }) => count)
        return ref === undefined ? [...counts, ...(await countInboxes(session))] : counts
      }),
    tally: (request) =>
      database.read(async (session) => {
        checkTally(request)
        const { queue, workflow } = request
        const { queues } = session
        return tallyRows(
          session,
          queue === undefined ? queues.live(workflow) : [queues.queue(queue)],
          request,
        )
      }),
    records: (scope, page = {}) =>
      database.read(async (session) => {
        checkRecordPage(scope, page)
        return listRecords(session, scope, page)
      }),
    recall: (workflow, id, what = {}) =>
      database.read(async (session) => {
        checkRecalling(id, what)
        return recall(session, { workflow, id, what })
      }),
    family: (workflow, id, page = {}) =>
      database.read(async (session) => {
        checkFamilyPage(id, page)
        return readFamily(session, { workflow, id, page })
      }),
    gates: () =>
      database.read(async (session) => {
        const gates = await allGates(session)
        const queues = session.queues.live().map(standOf)
        return gateStates(gates, gates.all, { queues, now: session.moment.now })
      }),
    journey: (workflow, id, part = {}) =>
      database.read(async (session) => {
        checkJourneyPart(id, part)
        return readJourney(session, { workflow, id, ...part })
      }),
    lines: async (request = {}) => {
      const isOldest = (request.order ?? 'oldest') === 'oldest'
      const settled = isOldest
        ? await database.read((session) => settledLine(session, database.schema))
        : Number.MAX_SAFE_INTEGER
      return database.read(async (session) => {
        checkLinesRequest(request)
        return readLines(session, request, settled)
      })
    },
    pulse: (after) =>
      meters.beside((gathered) => database.read((session) => readPulse(session, { after, gathered }))),
  }
}

// Queues first: they are asked for all the time, inboxes seldom.
async function inboxUnlessQueue(session: Session, name: string): Promise<InboxTable | undefined> {
  return session.queues.find(name) ? undefined : inboxNamed(session, name)
}
