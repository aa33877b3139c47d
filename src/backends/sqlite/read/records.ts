import { parseText } from '../../../queue/parse-text.ts'
import type { RecordPage, RecordRow, Scope } from '../../../queue/records.ts'
import type { Json } from '../../../schema/json.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'

interface Cells {
  readonly key: string
  readonly value: string | null
  readonly rev: number
  readonly until: number | null
}

interface Binds {
  readonly workflow: string
  readonly token: number
  readonly hop: number
  readonly now: number
  readonly after: string
  readonly prefix: string
  readonly limit: number
}

const page = `select key, value, rev, until from pw_records
  where workflow = @workflow and token = @token and hop = @hop and key > @after and key >= @prefix
    and (until is null or until > @now) and substr(key, 1, length(@prefix)) = @prefix
  order by key limit 0 + @limit`

/** A page of the records of `scope` at the wall time `now`. */
export function listRecords(
  db: Connection,
  scope: Scope,
  {
    page: { after = '', prefix = '', limit = 100 },
    now,
  }: { readonly page: RecordPage; readonly now: number },
): { readonly records: readonly RecordRow[]; readonly next?: string | undefined } {
  const { workflow, hop = 0 } = scope
  const token = tokenOf(db, scope)
  if (token === undefined) return { records: [] }
  const rows = prepared<Binds, Cells>(db, page).all({
    ...{ workflow, token, hop, now, after, prefix },
    limit: limit + 1,
  })
  const records = rows.slice(0, limit).map(rowOf)
  return { records, next: rows.length > limit ? records.at(-1)!.key : undefined }
}

/** The number of the token of a scope, 0 if it names none; undefined if it has never entered, or its stay has ended. */
function tokenOf(db: Connection, { workflow, id, hop = 0 }: Scope): number | undefined {
  if (id === undefined) return 0
  return prepared<[string, string, number, number], number>(
    db,
    'select token from pw_tokens where id = ? and workflow = ? and (? = 0 or (queue is not null and hop = ?))',
  )
    .pluck()
    .get(id, workflow, hop, hop)
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
