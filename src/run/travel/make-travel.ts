import { edit } from './edit.ts'
import { fork } from './fork.ts'
import { move } from './move.ts'
import { rerun } from './rerun.ts'
import type { TravelPlace } from './stage-place.ts'
import type { Travel } from './travel.ts'
import { uncancel } from './uncancel.ts'

/** What is done by hand to the tokens at `place`. */
export function makeTravel(place: TravelPlace): Travel {
  return {
    edit: (id, change, options) => edit(place, id, change, options),
    move: (id, options) => move(place, id, options),
    rerun: (id, options) => rerun(place, id, options),
    fork: (id, newId, options) => fork(place, id, newId, options),
    uncancel: (id, options) => uncancel(place, id, options),
  }
}
