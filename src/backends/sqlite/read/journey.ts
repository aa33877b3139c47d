import type { Fault } from '../../../queue/change.ts'
import type { HistoryEvent, Journey, JourneyLine, TokenOutcome } from '../../../queue/journey.ts'
import type { Moment } from '../../../queue/lapse.ts'
import type { Json } from '../../../schema/json.ts'
import type { Connection } from '../file/connection.ts'
import { parseText } from '../tables/parse-text.ts'
import { prepared } from '../tables/prepared.ts'
import { readWaiting } from './waiting.ts'

interface Traveller {
  readonly token: number
  readonly parent: string | null
  readonly entered_at: number
  readonly finished_at: number | null
  readonly outcome: TokenOutcome | null
  readonly queue: string | null
}

interface Line {
  readonly at: number
  readonly hop: number
  readonly queue: string
  readonly event: HistoryEvent
  readonly attempt: number | null
  readonly actor: string | null
  readonly reason: string | null
  readonly fields: string | null
  readonly error: string | null
  readonly work_ms: number | null
  readonly target: string | null
  readonly owner: string | null
  readonly deploy: number | null
}

/** Which token, and how many lines of its history. */
export interface JourneyRequest {
  readonly workflow: string
  readonly id: string
  readonly limit: number
  readonly moment: Moment
}

/** Where a token is and has been. */
export function readJourney(db: Connection, request: JourneyRequest): Journey | undefined {
  const { workflow, id, limit, moment } = request
  const traveller = prepared<[string, string], Traveller>(
    db,
    `select t.token, t.parent, t.entered_at, t.finished_at, t.outcome, q.name as queue
       from pw_tokens t left join pw_queues q on q.ref = t.queue where t.id = ? and t.workflow = ?`,
  ).get(id, workflow)
  if (!traveller) return undefined
  const { token, queue } = traveller
  return {
    id,
    workflow,
    parent: traveller.parent ?? undefined,
    enteredAt: traveller.entered_at,
    finishedAt: traveller.finished_at ?? undefined,
    outcome: traveller.outcome ?? undefined,
    ...(queue === null ? {} : { queue, row: readWaiting(db, { workflow, id, moment }) }),
    lines: readLines(db, token, limit),
  }
}

function readLines(db: Connection, token: number, limit: number): readonly JourneyLine[] {
  return prepared<[number, number], Line>(
    db,
    `select h.at, h.hop, q.name as queue, e.name as event, h.attempt, h.actor, h.reason, h.fields, h.error, h.work_ms,
         z.name as target, o.name as owner, h.deploy
       from pw_history h join pw_queues q on q.ref = h.queue join pw_events e on e.ref = h.event
         left join pw_queues z on z.ref = h.target left join pw_owners o on o.ref = h.owner
       where h.token = ? order by h.line desc limit 0 + ?`,
  )
    .all(token, limit)
    .reverse()
    .map((line) => ({
      at: line.at,
      hop: line.hop,
      queue: line.queue,
      event: line.event,
      attempt: line.attempt ?? undefined,
      actor: line.actor ?? undefined,
      reason: line.reason ?? undefined,
      fields: parseText<Json>(line.fields),
      error: parseText<Fault>(line.error),
      workMs: line.work_ms ?? undefined,
      to: line.target ?? undefined,
      owner: line.owner ?? undefined,
      deploy: line.deploy ?? undefined,
    }))
}
