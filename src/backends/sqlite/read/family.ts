import type { Fault } from '../../../queue/change.ts'
import type { Family, FamilyPage } from '../../../queue/family.ts'
import type { Moment } from '../../../queue/lapse.ts'
import { parseText } from '../../../queue/parse-text.ts'
import type { Connection } from '../file/connection.ts'
import { shownStatus } from '../filter/filter-sql.ts'
import { prepared } from '../tables/prepared.ts'

/** Whose family, and which of its dead. */
export interface FamilyRequest {
  readonly workflow: string
  readonly id: string
  readonly page: FamilyPage
  readonly moment: Moment
}

interface Cells {
  readonly token: number
  readonly id: string
  readonly queue: string
  readonly error: string | null
  readonly owes: number
}

const isChild = 't.parent = @id and t.workflow = @workflow'

/** The statuses of the children as readers see them. */
const counts = `select iif(t.queue is null, 'left', ${shownStatus}) as status, count(*) as n
    from pw_tokens t indexed by pw_parent where ${isChild} group by 1`

const dead = `select t.token, t.id, q.name as queue, t.error, t.reply is not null as owes
    from pw_tokens t indexed by pw_parent join pw_queues q on q.ref = t.queue
    where ${isChild} and t.status = 'dead' and t.token > @after
    order by t.token limit 0 + @limit`

/** The children of a token, and a page of those that are dead; undefined for an id that never entered. */
export function readFamily(
  db: Connection,
  { workflow, id, page: { after = '0', limit = 100 }, moment }: FamilyRequest,
): Family | undefined {
  const isKnown = prepared<[string, string], unknown>(
    db,
    'select 1 from pw_tokens where id = ? and workflow = ?',
  )
  if (isKnown.get(id, workflow) === undefined) return undefined
  const children = { ready: 0, leased: 0, delayed: 0, dead: 0, waiting: 0, left: 0 }
  const found = prepared<object, { status: keyof typeof children; n: number }>(db, counts)
  for (const { status, n } of found.all({ workflow, id, ...moment })) children[status] = n
  const binds = { workflow, id, after: Number(after), limit: limit + 1 }
  const rows = children.dead === 0 ? [] : prepared<object, Cells>(db, dead).all(binds)
  return {
    children,
    dead: rows.slice(0, limit).map((row) => ({
      id: row.id,
      queue: row.queue,
      error: parseText<Fault>(row.error),
      owes: row.owes !== 0,
    })),
    next: rows.length > limit ? String(rows[limit - 1]!.token) : undefined,
  }
}
