import { foldTallies } from '../../../queue/rules/tally.ts'
import type { Tallies, Tally, TallyRequest } from '../../../queue/tally.ts'
import type { Session } from '../server/database.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { Binds } from './binds.ts'
import { fewTokens } from './few.ts'
import { filterSql, isMarkOf, unreadPart } from './filter-sql.ts'
import { openTo } from './known-gates.ts'
import { budgetOf } from './most-looked.ts'
import { scan } from './scan.ts'
import { rowsSource, sourceOf, type TallySource } from './tally-source.ts'

interface Asked {
  readonly request: TallyRequest
  readonly budget: number
}

/** What of a queue was counted, and whether that is all. */
interface Part {
  readonly tallies: readonly Tally[]
  readonly exact: boolean
}

/** The tallies of queues. */
export async function tallyRows(
  session: Session,
  asked: readonly QueueEntry[],
  request: TallyRequest,
): Promise<Tallies> {
  const queues = await openTo(session, request.only, asked)
  const budget = budgetOf(queues.length)
  const isRead = request.by === 'tag' || Object.keys(unreadPart(request.only ?? {})).length > 0
  const parts: Part[] = []
  for (const queue of queues)
    parts.push(await (isRead ? tallyRead : tallyQueue)(session, queue, { request, budget }))
  return {
    tallies: foldTallies(
      parts.flatMap(({ tallies }) => tallies),
      request,
    ),
    exact: parts.every(({ exact }) => exact),
  }
}

async function tallyQueue(session: Session, queue: QueueEntry, { request, budget }: Asked): Promise<Part> {
  const { only = {} } = request
  const tokens = await fewTokens(session, queue, only)
  const binds = new Binds()
  const source = tokens
    ? rowsSource(queue, { request, moment: session.moment, binds, tokens })
    : sourceOf(queue, { request, moment: session.moment, binds })
  const fits = filterSql(only, { binds, moment: session.moment, workflow: queue.workflow })
  return group(session, { source, fits, binds, budget })
}

interface Group {
  readonly text: string | null
  readonly number: number | null
  readonly count: number
  readonly looked: number
}

async function group(
  { rows }: Session,
  {
    source,
    fits,
    binds,
    budget,
  }: { readonly source: TallySource; readonly fits: string; readonly binds: Binds; readonly budget: number },
): Promise<Part> {
  const limited = `${source.sql(fits)} limit ${binds.add(budget + 1, 'bigint')}`
  const found = await rows<Group>(
    source.kind === 'names' ? groupNames(limited) : groupValues(limited),
    ...binds.values,
  )
  const isMissing = ({ text, number }: Group) => source.kind === 'marked' && text === null && number === null
  return {
    tallies: found
      .filter((each) => each.count > 0 && !isMissing(each))
      .map(({ text, number, count }) => ({ value: text ?? number, count })),
    exact: found.reduce((sum, { looked }) => sum + looked, 0) <= budget,
  }
}

function groupValues(rows: string): string {
  return `select text, number, count(*) filter (where fits) as count, count(*) as looked
    from (${rows}) s group by text, number`
}

function groupNames(rows: string): string {
  return `with t as materialized (${rows})
    select n.mark as text, null::double precision as number, count(*) as count, 0::bigint as looked
      from t join pw_marks n on ${isMarkOf('n')} where t.fits group by n.mark
    union all select null, null, 0, count(*) from t`
}

/** By what is in values, or of what a filter finds in them: those are read. */
async function tallyRead(session: Session, queue: QueueEntry, { request, budget }: Asked): Promise<Part> {
  const { only = {}, by } = request
  const tags = new Map<string | null, number>()
  const seeTag = (tag: unknown) => {
    const key = typeof tag === 'string' ? tag : null
    tags.set(key, (tags.get(key) ?? 0) + 1)
  }
  const { moment } = session
  const { found, stopped } = await scan(session, queue, {
    only,
    order: 'oldest',
    by: undefined,
    start: undefined,
    moment,
    count: Number.MAX_SAFE_INTEGER,
    budget,
    seeTag: by === 'tag' ? seeTag : undefined,
  })
  const exact = stopped === undefined
  if (by === 'tag') return { tallies: [...tags].map(([value, count]) => ({ value, count })), exact }
  const binds = new Binds()
  const tokens = found.map(({ token }) => token)
  const source = rowsSource(queue, { request, moment, binds, tokens })
  return { ...(await group(session, { source, fits: 'true', binds, budget: tokens.length })), exact }
}
