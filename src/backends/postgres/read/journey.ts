import type { Journey, JourneyLine, JourneyPart, TokenOutcome } from '../../../queue/journey.ts'
import type { Session } from '../server/database.ts'
import { withValues } from './kept.ts'
import { type LineCells, lineColumns, lineOf } from './line-cells.ts'
import { tokenNumber } from './token-number.ts'
import { readWaiting } from './waiting.ts'

interface Traveller {
  readonly parent: string | null
  readonly priority: number
  readonly entered_at: number
  readonly finished_at: number | null
  readonly outcome: TokenOutcome | null
  readonly queue: number | null
}

/** Which token, and which part of its history. */
export interface JourneyRequest extends JourneyPart {
  readonly workflow: string
  readonly id: string
}

/** Where a token is and has been; undefined for an id that never entered. */
export async function readJourney(session: Session, request: JourneyRequest): Promise<Journey | undefined> {
  const { workflow, id } = request
  const token = await tokenNumber(session, workflow, id)
  if (token === undefined) return undefined
  const [traveller] = await session.rows<Traveller>(
    'select parent, priority, entered_at, finished_at, outcome, queue from pw_tokens where token = $1',
    token,
  )
  if (!traveller) return undefined
  const queue = session.queues.of(traveller.queue)
  return {
    id,
    workflow,
    parent: traveller.parent ?? undefined,
    priority: traveller.priority,
    enteredAt: traveller.entered_at,
    finishedAt: traveller.finished_at ?? undefined,
    outcome: traveller.outcome ?? undefined,
    ...(queue && { queue: queue.name, row: await readWaiting(session, queue, token) }),
    lines: await readLines(session, token, request),
  }
}

async function readLines(
  session: Session,
  token: number,
  { limit = 1000, hop, values = false }: JourneyPart,
): Promise<readonly JourneyLine[]> {
  const cells = await session.rows<LineCells>(
    `select ${lineColumns} from pw_history h where h.token = $1 and ($2::bigint is null or h.hop = $2::bigint)
       order by h.line desc limit $3`,
    token,
    hop ?? null,
    limit,
  )
  const lines = cells.toReversed().map((each) => lineOf(each, session.queues) as JourneyLine)
  return values ? withValues(session, token, lines) : lines
}
