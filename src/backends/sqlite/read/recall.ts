import { recalledAfter } from '../../../queue/check-letter.ts'
import type { Letter, Recalled, Recalling } from '../../../queue/letter.ts'
import { RecallPage } from '../../../queue/rules/recall-page.ts'
import { type LetterCells, letterOf, type StepCells, stepOf } from '../../../queue/rules/recalled-cells.ts'
import type { Step } from '../../../queue/step.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'

interface Binds {
  readonly token: number
  readonly hop: number
  readonly after: number
  readonly names: string | null
}

const stepsAfter = `select step as n, path, kind, name, hash, deploy, value, failure, at from pw_steps indexed by pw_steps_stay
  where token = @token and hop = @hop and step > @after and @names is @names order by step`

const lettersAfter = `select seq as n, name, key, hop, value, failure, sender, at from pw_letters indexed by pw_letters_box
  where token = @token and read = 0 and hop in (0, @hop) and seq > @after
    and (@names is null or name in (select value from json_each(@names))) order by seq`

const here = `select token, hop from pw_tokens
  where id = ? and workflow = ? and queue is not null and hop = coalesce(?, hop)`

/** A page of the steps and letters of the stay that a token is in. */
export function recall(
  db: Connection,
  {
    workflow,
    id,
    what: { hop, names, only, after, limit = 1000 },
  }: { readonly workflow: string; readonly id: string; readonly what: Recalling },
): Recalled {
  const start = after === undefined ? undefined : recalledAfter(id, after)
  const place = prepared<unknown[], { token: number; hop: number }>(db, here).get(id, workflow, hop ?? null)
  if (!place) return { steps: [], letters: [] }
  const page = new RecallPage(limit)
  const binds = { ...place, names: names ? JSON.stringify(names) : null }
  const from = start?.after ?? 0
  const steps: Step[] = []
  const letters: Letter[] = []
  if (only !== 'letters' && start?.of !== 'letters')
    for (const cells of prepared<Binds, StepCells>(db, stepsAfter).iterate({ ...binds, after: from })) {
      if (!page.takes({ of: 'steps', after: cells.n }, cells.value)) break
      steps.push(stepOf(cells))
    }
  const afterLetter = start?.of === 'letters' ? from : 0
  if (only !== 'steps' && !page.isFull)
    for (const cells of prepared<Binds, LetterCells>(db, lettersAfter).iterate({
      ...binds,
      after: afterLetter,
    })) {
      if (!page.takes({ of: 'letters', after: cells.n }, cells.value)) break
      letters.push(letterOf(cells))
    }
  return { steps, letters, next: page.next }
}
