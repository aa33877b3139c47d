import type { Row } from '../../queue/rows.ts'
import type { Json } from '../../schema/json.ts'
import { checkByHand } from './check-by-hand.ts'
import { checkFit } from './check-fit.ts'
import { commitTravel } from './commit-travel.ts'
import { stageOf } from './find-stage.ts'
import { findPresent } from './present.ts'
import type { TravelPlace } from './stage-place.ts'
import type { Edit, Repairing, Travelled } from './travel.ts'

/** Gives a token another value, where it is; see `Travel`. */
export async function edit(
  place: TravelPlace,
  id: string,
  change: Edit,
  options: Repairing,
): Promise<Travelled> {
  checkByHand('Editing', id, options)
  const journey = await findPresent(place, id, options)
  const { queue, row } = journey
  const { frames, hop } = row
  const edited = await editedOf(change, row.value)
  // Of its own queue, also where that has been renamed: it stays where it is.
  const value = await checkFit(place, stageOf(place.stages, queue, edited), { id, value: edited, frames })
  const to = { queue, value, frames, delayMs: restOf(row, place.clock.now()) }
  return commitTravel(place, { ...options, event: 'edited', journey, to }, { queue, hop })
}

/** What `change` makes of `value`. */
export async function editedOf(change: Edit, value: Json): Promise<Json> {
  return typeof change === 'function' ? change(structuredClone(value)) : change
}

/** How long an edited message rests: what waits for another attempt is to be tried now, with its new value; what waits for a time was told to. */
export function restOf({ status, attempts, dueAt }: Row, now: number): number | undefined {
  const rests = status === 'delayed' && attempts === 0 && dueAt !== undefined
  return rests ? Math.max(0, dueAt - now) : undefined
}
