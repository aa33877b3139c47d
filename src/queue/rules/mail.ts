import type { Mail } from '../change.ts'
import { letterText } from '../check-letter.ts'
import { hasLeft, noSuchStay, noSuchToken } from '../refusals.ts'
import type { Wait } from '../wait.ts'
import type { Addressee, StayPlace } from './box-world.ts'
import { checkWaits } from './invariants.ts'
import { type Came, type Count, nearer } from './rest.ts'
import { promoted } from './stay.ts'
import type { Known, RuledQueue, World } from './world.ts'

/**
 * Puts a letter into the box of a token, and looks at what that waits for: in the same commit, as `rest.ts` says. A backend may
 * gather letters, as long as it heeds them before anything else reads the messages or the boxes of their tokens, and
 * before those who wait for messages are told.
 */
export function mail<Queue extends RuledQueue>(world: World<Queue>, change: Mail): void {
  const { workflow, id, name, key, hop, failure, from } = change
  const to = world.box.find(workflow, id)
  if (!to) throw noSuchToken({ workflow, id })
  if (!to.isThere) throw hasLeft({ workflow, id })
  if (hop !== undefined && hop !== to.hop) throw noSuchStay({ workflow, id, hop })
  world.box.put(to.token, { name, key, hop, value: letterText(change), failure, from })
}

/** Whether `to` is still in its stay `hop`. */
export function isIn(to: Addressee | undefined, hop: number): to is Addressee {
  return to?.isThere === true && to.hop === hop
}

/** What is in the box of a token for one of its stays, of the letters that `wait` is for. */
export function boxFor<Queue extends RuledQueue>(
  world: World<Queue>,
  place: StayPlace,
  wait: Wait,
): (name: string) => Count {
  return world.box.count(
    place,
    wait.for.map(({ name }) => name),
  )
}

/** Subtracts letters that have come to a token from what its message waits for, and makes that ready if it is over. */
export function heed<Queue extends RuledQueue>(
  world: World<Queue>,
  { token, queue, stay }: Pick<Known<Queue>, 'token' | 'queue' | 'stay'>,
  came: readonly Came[],
): void {
  if (!queue || stay.status !== 'waiting' || !stay.wait) return
  checkWaits(token, stay)
  const wait = nearer(stay.wait, came)
  if (wait) return world.save(token, { ...stay, wait })
  world.save(token, promoted(stay))
  world.notify(queue)
}
