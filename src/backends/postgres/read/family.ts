import type { Fault } from '../../../queue/change.ts'
import type { Family, FamilyPage } from '../../../queue/family.ts'
import { parseText } from '../../../queue/parse-text.ts'
import type { Session } from '../server/database.ts'
import { Binds } from './binds.ts'
import { shownStatus } from './filter-sql.ts'
import { tokenNumber } from './token-number.ts'

/** Whose family, and which of its dead. */
export interface FamilyRequest {
  readonly workflow: string
  readonly id: string
  readonly page: FamilyPage
}

interface Cells {
  readonly token: number
  readonly id: string
  readonly queue: number
  readonly error: string | null
  readonly owes: boolean
}

const dead = `select t.token, t.id, t.queue, t.error, t.reply is not null as owes
  from pw_tokens t where t.parent = $1 and t.workflow = $2 and t.status = 'dead' and t.queue is not null and t.token > $3
  order by t.token limit $4`

/** The children of a token, and a page of those that are dead; undefined for an id that never entered. */
export async function readFamily(
  session: Session,
  { workflow, id, page: { after = '0', limit = 100 } }: FamilyRequest,
): Promise<Family | undefined> {
  if ((await tokenNumber(session, workflow, id)) === undefined) return undefined
  const children = { ready: 0, leased: 0, delayed: 0, dead: 0, waiting: 0, left: 0 }
  const binds = new Binds()
  const status = `case when t.queue is null then 'left' else ${shownStatus(binds, session.moment)} end`
  const found = await session.rows<{ status: keyof typeof children; n: number }>(
    `select ${status} as status, count(*) as n from pw_tokens t
       where t.parent = ${binds.add(id, 'text')} and t.workflow = ${binds.add(workflow, 'text')} group by 1`,
    ...binds.values,
  )
  for (const each of found) children[each.status] = each.n
  const rows =
    children.dead === 0 ? [] : await session.rows<Cells>(dead, id, workflow, Number(after), limit + 1)
  return {
    children,
    dead: rows.slice(0, limit).map((row) => ({
      id: row.id,
      queue: session.queues.of(row.queue)!.name,
      error: parseText<Fault>(row.error),
      owes: row.owes,
    })),
    next: rows.length > limit ? String(rows[limit - 1]!.token) : undefined,
  }
}
