import { parseText } from '../../../queue/parse-text.ts'
import type { RecordPage, RecordRow, Scope } from '../../../queue/records.ts'
import type { Json } from '../../../schema/json.ts'
import type { Session } from '../server/database.ts'
import { tokenNumber } from './token-number.ts'

interface Cells {
  readonly key: string
  readonly value: string | null
  readonly rev: number
  readonly until: number | null
}

const page = `select key, value, rev, until from pw_records
  where workflow = $1 and token = $2 and hop = $3::bigint and key > $4 and key >= $5
    and (until is null or until > $6) and starts_with(key, $5)
  order by key limit $7`

/** A page of the records of `scope`. */
export async function listRecords(
  session: Session,
  scope: Scope,
  { after = '', prefix = '', limit = 100 }: RecordPage,
): Promise<{ readonly records: readonly RecordRow[]; readonly next?: string | undefined }> {
  const { workflow, hop = 0 } = scope
  const token = await ownerOf(session, scope)
  if (token === undefined) return { records: [] }
  const rows = await session.rows<Cells>(
    page,
    ...[workflow, token, hop, after, prefix, session.moment.now, limit + 1],
  )
  const records = rows.slice(0, limit).map(rowOf)
  return { records, next: rows.length > limit ? records.at(-1)!.key : undefined }
}

/** The number of the token of a scope, 0 if it names none; undefined if it has never entered, or its stay has ended. */
async function ownerOf(session: Session, { workflow, id, hop = 0 }: Scope): Promise<number | undefined> {
  if (id === undefined) return 0
  const token = await tokenNumber(session, workflow, id)
  if (token === undefined || hop === 0) return token
  const there = await session.rows<object>(
    'select 1 from pw_tokens where token = $1 and queue is not null and hop = $2::bigint',
    token,
    hop,
  )
  return there.length === 0 ? undefined : token
}

function rowOf({ key, value, rev, until }: Cells): RecordRow {
  const read = parseText<Json>(value)
  return {
    key,
    rev,
    ...(read === undefined ? {} : { value: read }),
    ...(until === null ? {} : { endsAt: until }),
  }
}
