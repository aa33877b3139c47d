import type { LeaseRequest } from '../../../queue/backend.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import { Binds } from '../read/binds.ts'
import { canBeStored } from '../read/can-be-stored.ts'
import { fewTokens } from '../read/few.ts'
import { filterSql, isMarkOf, unreadPart } from '../read/filter-sql.ts'
import { fitsUnread } from '../read/fits-unread.ts'
import { mostLooked } from '../read/most-looked.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { isSuspect } from './suspects.ts'

interface Matching {
  readonly request: Pick<LeaseRequest, 'ids' | 'only' | 'suspects'>
  /** How many are enough. */
  readonly limit: number
  /** Only messages in this lane. */
  readonly lane?: number | undefined
}

interface Row {
  readonly token: number
  readonly suspect: boolean
  readonly priority: number
  readonly fits: boolean
  readonly value: string | null
  readonly words: readonly string[] | null
}

const pageSize = 1000

/** The ready messages of a queue that are asked for by their ids, by a filter, or both, in the order of its line. */
export async function matching(
  open: OpenTransaction,
  queue: QueueEntry,
  { request, limit, lane }: Matching,
): Promise<readonly number[]> {
  const { ids, only = {}, suspects = 'include' } = request
  await open.settle()
  const { session, moment } = open
  const few = ids ? await tokensOf(open, queue, ids) : await fewTokens(session, queue, only)
  const found: number[] = []
  let after: Row | undefined
  for (let looked = 0; looked < mostLooked; looked += pageSize) {
    const binds = new Binds()
    const fits = filterSql(only, { binds, moment, workflow: queue.workflow })
    const among = few ? `and t.token = any(${binds.add(few, 'bigint[]')})` : ''
    const inLane = lane === undefined ? '' : `and t.lane = ${binds.add(lane, 'bigint')}`
    const behind =
      after === undefined
        ? ''
        : `and (t.suspect, t.priority, t.token) > (${after.suspect}, ${after.priority}::bigint, ${after.token}::bigint)`
    const readsValue = only.tag !== undefined || only.where?.length
    const rows: readonly Row[] = await session.rows<Row>(
      `select t.token, t.suspect, t.priority, ${fits} as fits, ${readsValue ? 't.value' : 'null::text as value'},
         ${only.text === undefined ? 'null::text[] as words' : `(select x.words from pw_texts x where ${isMarkOf('x')}) as words`}
       from pw_tokens t where t.queue = ${binds.add(queue.ref, 'integer')} and t.status = 'ready' ${isSuspect[suspects]} ${among} ${inLane} ${behind}
       order by t.suspect, t.priority, t.token limit ${pageSize}`,
      ...binds.values,
    )
    for (const row of rows) {
      if (row.fits && fitsUnread(unreadPart(only), row)) found.push(row.token)
      if (found.length >= limit) return found
    }
    after = rows.at(-1)
    if (rows.length < pageSize) break
  }
  return found
}

async function tokensOf(
  { session }: OpenTransaction,
  { workflow }: QueueEntry,
  ids: readonly string[],
): Promise<readonly number[]> {
  const rows = await session.rows<{ token: number }>(
    'select token from pw_ids where workflow = $1 and id = any($2::text[])',
    workflow,
    ids.filter(canBeStored),
  )
  return rows.map(({ token }) => token)
}
