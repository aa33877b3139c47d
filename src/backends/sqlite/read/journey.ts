import type { Journey, JourneyLine, JourneyPart, TokenOutcome } from '../../../queue/journey.ts'
import type { Moment } from '../../../queue/lapse.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'
import { type LineCells, lineOf, selectLines } from './line-cells.ts'
import { withValues } from './values.ts'
import { readWaiting } from './waiting.ts'

interface Traveller {
  readonly token: number
  readonly parent: string | null
  readonly priority: number
  readonly entered_at: number
  readonly finished_at: number | null
  readonly outcome: TokenOutcome | null
  readonly queue: string | null
}

/** Which token, and which part of its history. */
export interface JourneyRequest extends JourneyPart {
  readonly workflow: string
  readonly id: string
  readonly moment: Moment
}

/** Where a token is and has been. */
export function readJourney(db: Connection, request: JourneyRequest): Journey | undefined {
  const { workflow, id, moment } = request
  const traveller = prepared<[string, string], Traveller>(
    db,
    `select t.token, t.parent, t.priority, t.entered_at, t.finished_at, t.outcome, q.name as queue
       from pw_tokens t left join pw_queues q on q.ref = t.queue where t.id = ? and t.workflow = ?`,
  ).get(id, workflow)
  if (!traveller) return undefined
  const { token, queue } = traveller
  return {
    id,
    workflow,
    parent: traveller.parent ?? undefined,
    priority: traveller.priority,
    enteredAt: traveller.entered_at,
    finishedAt: traveller.finished_at ?? undefined,
    outcome: traveller.outcome ?? undefined,
    ...(queue === null ? {} : { queue, row: readWaiting(db, { workflow, id, moment }) }),
    lines: readLines(db, token, request),
  }
}

function readLines(
  db: Connection,
  token: number,
  { limit = 1000, hop, values = false }: JourneyPart,
): readonly JourneyLine[] {
  const lines = prepared<[object], LineCells>(
    db,
    `${selectLines} where h.token = @token and (@hop is null or h.hop = @hop) order by h.line desc limit 0 + @limit`,
  )
    .all({ token, hop: hop ?? null, limit })
    .reverse()
    .map((cells) => lineOf(cells) as JourneyLine)
  return values ? withValues(db, token, lines) : lines
}
