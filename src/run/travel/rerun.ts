import { checkByHand } from './check-by-hand.ts'
import { checkFit } from './check-fit.ts'
import { commitTravel } from './commit-travel.ts'
import { stageOf } from './find-stage.ts'
import { findStay, findToken, type Stay } from './find-stay.ts'
import { isPresent, refuseHeld } from './present.ts'
import { setPaths } from './set-paths.ts'
import type { TravelPlace } from './stage-place.ts'
import type { Rerunning, Settings, Travelled } from './travel.ts'

/** Lets a token begin again from one of its stays; see `Travel`. */
export async function rerun(place: TravelPlace, id: string, options: Rerunning): Promise<Travelled> {
  checkByHand('Rerunning', id, options)
  const journey = await findToken(place, id)
  if (isPresent(journey) && !options.force && !options.dryRun) refuseHeld(journey)
  const stay = await findStay(place, id, options.from)
  const to = await asItWas(place, id, stay, options.set)
  return commitTravel(place, { ...options, event: 'rerun', journey, to }, stay)
}

/** Where `stay` leads today, with some parts of its value set. */
export async function asItWas(place: TravelPlace, id: string, stay: Stay, settings: Settings = {}) {
  const { frames } = stay
  const value = setPaths(stay.value, settings, { id })
  const stage = stageOf(place.stages, stay.queue, value)
  return { queue: stage.queue, value: await checkFit(place, stage, { id, value, frames }), frames }
}
