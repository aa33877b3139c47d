import type { Marks } from '../../../queue/marks.ts'
import type { Connection } from '../file/connection.ts'
import { isMarkOf } from '../filter/filter-sql.ts'
import { prepared } from '../tables/prepared.ts'

/** The marks of the stays in which tokens are, by their numbers; of those without any there are none. */
export function marksOf(db: Connection, tokens: readonly number[]): ReadonlyMap<number, Marks> {
  const found = prepared<[string], readonly [token: number, mark: string, value: string | number]>(
    db,
    `select m.token, m.mark, m.value from json_each(?) each cross join pw_tokens t on t.token = each.value
       cross join pw_marks m on ${isMarkOf('m')}`,
  )
    .raw()
    .all(JSON.stringify(tokens))
  const marks = new Map<number, Record<string, string | number>>()
  for (const [token, mark, value] of found) marks.set(token, { ...marks.get(token), [mark]: value })
  return marks
}
