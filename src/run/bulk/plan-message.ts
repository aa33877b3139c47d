import type { Change, Take } from '../../queue/change.ts'
import { isPipewrightError } from '../../queue/errors.ts'
import { nextStay } from '../../queue/plan.ts'
import type { Row } from '../../queue/rows.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import type { Json } from '../../schema/json.ts'
import { checkFit, framesFor } from '../travel/check-fit.ts'
import { restOf } from '../travel/edit.ts'
import { stageNamed, stageOf } from '../travel/find-stage.ts'
import { lacksFrames } from '../travel/move.ts'
import { setPaths } from '../travel/set-paths.ts'
import { attributesIn } from '../travel/stage-place.ts'
import type { BulkPlace } from './bulk-place.ts'
import type { RunState } from './run-state.ts'

/** A message of a queue. */
export type Placed = Row & { readonly queue: string }

/** What is to become of a message. */
export interface Planned {
  readonly changes: readonly Change[]
  /** The queue in which it is then; undefined if in none. */
  readonly to?: string | undefined
  /** As what, if it goes on as a new stay. */
  readonly value?: Json | undefined
}

/** What a run needs to know to plan. */
export interface Planning {
  readonly place: BulkPlace
  /** Its id, by which the history of each token names it. */
  readonly run: string
  readonly state: Pick<RunState, 'does' | 'force' | 'by' | 'reason'>
}

/** Why nothing can be done to a message. */
export class Refused {
  readonly why: string

  constructor(why: string) {
    this.why = why
  }
}

/** What becomes of `row`, or why nothing can. Whatever a stage's schema throws is such a reason: the others go on. */
export async function planMessage(planning: Planning, row: Placed): Promise<Planned | Refused> {
  try {
    return await planOf(planning, row)
  } catch (error) {
    return refusalOf(error)
  }
}

/** What `error` says about a message that was planned. Throws it if it says nothing about that: the database cannot answer. */
export function refusalOf(error: unknown): Refused {
  if (!isPipewrightError(error)) return new Refused(sayBriefly(error))
  if (error.code === 'backend') throw error
  return new Refused(error.message)
}

/** What the history says of a change by a run. */
export function noteOf({ place, run, state }: Planning) {
  return { actor: state.by, reason: state.reason, fields: { by: run }, deploy: place.deploy }
}

/** How a run takes a message out of its queue: only that stay, and unless told only while it is not held. */
export function takeBy(planning: Planning, { queue, id, hop }: Placed, event: Take['event']): Take {
  const { force } = planning.state
  const at = { kind: 'take', queue, id, hop, skip: true, event } as const
  return { ...at, ...(!force && { unheld: true }), ...noteOf(planning) }
}

async function planOf(planning: Planning, row: Placed): Promise<Planned> {
  const { does } = planning.state
  const { queue, id } = row
  switch (does.action) {
    case 'retry':
      return { changes: [{ kind: 'revive', queue, id, skip: true, ...noteOf(planning) }], to: queue }
    case 'cancel':
      return { changes: [{ ...takeBy(planning, row, 'cancelled'), descend: true }] }
    case 'move':
      return planMove(planning, row, does.to)
    case 'edit': {
      const { place } = planning
      const edited = setPaths(row.value, does.set, { id })
      const { frames } = row
      const stage = stageOf(place.stages, queue, edited)
      const value = await checkFit(place, stage, { id, value: edited, frames })
      const delayMs = restOf(row, place.clock.now())
      return sendOn(planning, row, { event: 'edited', queue, value, frames, delayMs })
    }
    case 'undo':
      throw new TypeError('An undo plans what was, not what is.')
  }
}

async function planMove(planning: Planning, row: Placed, to: string): Promise<Planned> {
  const { place } = planning
  const { id, value } = row
  const stage = stageNamed(place.stages, to)
  const frames = framesFor(place.stages.get(row.queue), stage, row.frames)
  if (!frames) throw lacksFrames(id, stage)
  const fitting = await checkFit(place, stage, { id, value, frames })
  return sendOn(planning, row, { event: 'moved', queue: stage.queue, value: fitting, frames })
}

interface Going {
  readonly event: 'moved' | 'edited'
  readonly queue: string
  readonly value: Json
  readonly frames: readonly Json[]
  readonly delayMs?: number | undefined
}

async function sendOn(planning: Planning, row: Placed, going: Going): Promise<Planned> {
  const { place } = planning
  const { event, queue, value, frames, delayMs } = going
  const attributes = await attributesIn(place, going, row.id)
  const token = { ...nextStay(row, place.deploy), frames }
  return {
    changes: [
      takeBy(planning, row, event),
      {
        kind: 'push',
        queue,
        token,
        value,
        ...(delayMs !== undefined && { delayMs }),
        ...attributes,
      },
    ],
    to: queue,
    value,
  }
}
