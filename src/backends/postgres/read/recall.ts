import { recalledAfter } from '../../../queue/check-letter.ts'
import type { Letter, Recalled, Recalling } from '../../../queue/letter.ts'
import { RecallPage, recalledBytes } from '../../../queue/rules/recall-page.ts'
import { type LetterCells, letterOf, type StepCells, stepOf } from '../../../queue/rules/recalled-cells.ts'
import type { Step } from '../../../queue/step.ts'
import type { Session } from '../server/database.ts'
import { tokenNumber } from './token-number.ts'

// As much as a page takes (see `RecallPage`), and one more, which it does not: of that, and of what is behind it, no value is read.
function upTo(columns: string, rows: string): string {
  return `with r as materialized (${rows}),
      s as (select r.*, coalesce(sum(octet_length(value)) over (order by n rows between unbounded preceding and 1 preceding), 0) as before from r)
    select n, ${columns}, case when before < ${recalledBytes} then value end as value from s order by n`
}

const stepsAfter = upTo(
  'path, kind, name, hash, deploy, failure, at',
  `select step as n, path, kind, name, hash, deploy, value, failure, at from pw_steps
     where token = $1 and hop = $2 and step > $3 order by step limit $4`,
)

const lettersAfter = upTo(
  'name, key, hop, failure, sender, at',
  `select seq as n, name, key, hop, value, failure, sender, at from pw_letters
     where token = $1 and not read and hop in (0, $2) and seq > $3 and ($5::text[] is null or name = any($5::text[]))
     order by seq limit $4`,
)

/** A page of the steps and letters of the stay that a token is in. */
export async function recall(
  session: Session,
  {
    workflow,
    id,
    what: { hop, names, only, after, limit = 1000 },
  }: { readonly workflow: string; readonly id: string; readonly what: Recalling },
): Promise<Recalled> {
  const start = after === undefined ? undefined : recalledAfter(id, after)
  const place = await placeOf(session, { workflow, id, hop })
  if (!place) return { steps: [], letters: [] }
  const page = new RecallPage(limit)
  const from = start?.after ?? 0
  const steps: Step[] = []
  const letters: Letter[] = []
  const { token } = place
  if (only !== 'letters' && start?.of !== 'letters')
    for (const cells of await session.rows<StepCells>(stepsAfter, token, place.hop, from, limit + 1)) {
      if (!page.takes({ of: 'steps', after: cells.n }, cells.value)) break
      steps.push(stepOf(cells))
    }
  const afterLetter = start?.of === 'letters' ? from : 0
  if (only !== 'steps' && !page.isFull)
    for (const cells of await session.rows<LetterCells>(
      lettersAfter,
      ...[token, place.hop, afterLetter, limit + 1, names ?? null],
    )) {
      if (!page.takes({ of: 'letters', after: cells.n }, cells.value)) break
      letters.push(letterOf(cells))
    }
  return { steps, letters, next: page.next }
}

/** The stay that a token is in; undefined if it is in none, or in another one than `hop`. */
async function placeOf(
  session: Session,
  { workflow, id, hop }: { readonly workflow: string; readonly id: string; readonly hop: number | undefined },
): Promise<{ readonly token: number; readonly hop: number } | undefined> {
  const token = await tokenNumber(session, workflow, id)
  if (token === undefined) return undefined
  const [found] = await session.rows<{ hop: number }>(
    'select hop from pw_tokens where token = $1 and queue is not null',
    token,
  )
  return found && (hop === undefined || hop === found.hop) ? { token, hop: found.hop } : undefined
}
