import { ConflictError } from '../../queue/errors.ts'
import { checkByHand } from './check-by-hand.ts'
import { checkFit, framesFor } from './check-fit.ts'
import { commitTravel } from './commit-travel.ts'
import { editedOf } from './edit.ts'
import { stageNamed } from './find-stage.ts'
import { findPresent } from './present.ts'
import type { StagePlace, TravelPlace } from './stage-place.ts'
import type { Moving, Travelled } from './travel.ts'

/** Moves a token to another stage; see `Travel`. */
export async function move(place: TravelPlace, id: string, options: Moving): Promise<Travelled> {
  checkByHand('Moving', id, options)
  const stage = stageNamed(place.stages, options.to)
  const journey = await findPresent(place, id, options)
  const { queue, row } = journey
  const given = 'value' in options && options.value !== undefined
  const value = given ? await editedOf(options.value, row.value) : row.value
  const frames = framesFor(place.stages.get(queue), stage, row.frames)
  if (!frames) throw lacksFrames(id, stage)
  const to = { queue: stage.queue, value: await checkFit(place, stage, { id, value, frames }), frames }
  return commitTravel(place, { ...options, event: 'moved', journey, to }, { queue, hop: row.hop })
}

/** A token was to go to a stage within a composite that it has not entered. */
export function lacksFrames(id: string, { queue, around }: StagePlace): ConflictError {
  return new ConflictError(
    `Token "${id}" cannot go to queue "${queue}": it would lack what ${around.at(-1)} sets aside of a token that enters it; move it to a stage before that.`,
    { queue, id },
  )
}
