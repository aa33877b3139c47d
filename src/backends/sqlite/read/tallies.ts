import type { Moment } from '../../../queue/lapse.ts'
import { foldTallies } from '../../../queue/rules/tally.ts'
import type { Tallies, TallyRequest } from '../../../queue/tally.ts'
import type { Connection } from '../file/connection.ts'
import { fewTokens } from '../filter/few.ts'
import { type Binds, filterSql } from '../filter/filter-sql.ts'
import { budgetOf } from '../filter/most-looked.ts'
import { prepared } from '../tables/prepared.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { GatesInFile } from './gates.ts'
import { sourceOf } from './tally-source.ts'

type Queue = Pick<QueueEntry, 'ref' | 'name' | 'workflow' | 'behind'>

interface Group {
  readonly value: string | number | null
  readonly count: number
  readonly looked: number
}

interface Asked {
  readonly request: TallyRequest
  readonly moment: Moment
  readonly budget: number
}

/** The tallies of queues at `moment`. */
export function tallyRows(
  db: Connection,
  asked: readonly Queue[],
  { request, moment }: { readonly request: TallyRequest; readonly moment: Moment },
): Tallies {
  const queues = new GatesInFile(db).openTo(request.only, asked, moment.now)
  const budget = budgetOf(queues.length)
  const tally = request.by === 'mark' ? tallyNames : tallyQueue
  const each = queues.map((queue) => tally(db, queue, { request, moment, budget }))
  const parts = each.flatMap(({ groups }) => groups)
  return { tallies: foldTallies(parts, request), exact: each.every(({ exact }) => exact) }
}

interface Part {
  readonly groups: readonly Group[]
  readonly exact: boolean
}

function tallyQueue(db: Connection, queue: Queue, { request, moment, budget }: Asked): Part {
  const { only = {}, by } = request
  const tokens = fewTokens(db, queue, only)
  const { sql, binds, rest } = sourceOf({ request, hasTokens: tokens !== undefined })
  const fits = filterSql(rest)
  const found = db
    .prepare<[Binds], Group>(
      `select value, total(fits) as count, count(*) as looked from (${sql(fits.sql)} limit ${budget + 1}) group by value`,
    )
    .all({
      ...{ ...moment, ...fits.binds, ...binds, queue: queue.ref, name: queue.name },
      tokens: tokens ?? null,
    })
  const isMissing = (value: Group['value']) => value === null && by?.startsWith('mark:')
  return {
    groups: found.filter(({ count, value }) => count > 0 && !isMissing(value)),
    exact: found.reduce((sum, { looked }) => sum + looked, 0) <= budget,
  }
}

// From one name of the index to the next: there are few, and many rows have each.
const names = `with recursive found (mark) as (
    select min(mark) from pw_marks where queue = @queue
    union all
    select (select min(m.mark) from pw_marks m where m.queue = @queue and m.mark > found.mark) from found where found.mark is not null)
  select mark from found where mark is not null limit 1000`

/** By the names of the marks: of each name so many rows are looked at that it is not more in all. */
function tallyNames(db: Connection, queue: Queue, { request, moment, budget }: Asked): Part {
  const marks = prepared<[{ queue: number }], string>(db, names).pluck().all({ queue: queue.ref })
  const share = Math.max(1000, Math.floor(budget / Math.max(1, marks.length)))
  const parts = marks.map((mark) => {
    const by = `mark:${mark}` as const
    const { groups, exact } = tallyQueue(db, queue, { request: { ...request, by }, moment, budget: share })
    const count = groups.reduce((sum, each) => sum + each.count, 0)
    return { group: { value: mark, count, looked: 0 }, exact }
  })
  return {
    groups: parts.map(({ group }) => group).filter(({ count }) => count > 0),
    exact: parts.every(({ exact }) => exact),
  }
}
