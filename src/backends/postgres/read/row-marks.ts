import type { Marks } from '../../../queue/marks.ts'
import type { Session } from '../server/database.ts'
import { isMarkOf } from './filter-sql.ts'

interface Cells {
  readonly token: number
  readonly mark: string
  readonly number: number | null
  readonly text: string | null
}

/** The marks of the stays in which tokens are, by their numbers; of those without any there are none. */
export async function marksOf(
  { rows }: Session,
  tokens: readonly number[],
): Promise<ReadonlyMap<number, Marks>> {
  const found = await rows<Cells>(
    `select m.token, m.mark, m.number, m.text from pw_tokens t join pw_marks m on ${isMarkOf('m')}
       where t.token = any($1::bigint[])`,
    tokens,
  )
  const marks = new Map<number, Record<string, string | number>>()
  for (const { token, mark, number, text } of found) {
    const known = marks.get(token) ?? {}
    known[mark] = number ?? text!
    marks.set(token, known)
  }
  return marks
}
