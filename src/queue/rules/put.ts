import type { Change, Drop, Put } from '../change.ts'
import { recordText } from '../check-record.ts'
import type { ConflictError, NotFoundError } from '../errors.ts'
import { hasOtherRev, noSuchStay, noSuchToken } from '../refusals.ts'
import { dueAfter } from './stay.ts'
import type { RecordPlace, RuledQueue, World } from './world.ts'

/** Keeps a record. */
export function put<Queue extends RuledQueue>(world: World<Queue>, change: Put): void {
  const place = placeOf(world, change)
  checkRev(world, place, change)
  const { forMs } = change
  world.keep(place, recordText(change), forMs === undefined ? undefined : dueAfter(forMs, world.now))
}

/** Drops a record. */
export function drop<Queue extends RuledQueue>(world: World<Queue>, change: Drop): void {
  const place = placeOf(world, change)
  checkRev(world, place, change)
  if (world.revision(place) !== undefined) world.drop(place)
}

/** Whether a record says that the commit with these changes has happened. */
export function hasHappened<Queue extends RuledQueue>(
  world: World<Queue>,
  changes: readonly Change[],
): boolean {
  return changes.some((change) => change.kind === 'put' && change.repeat && isThere(world, change))
}

function isThere<Queue extends RuledQueue>(world: World<Queue>, change: Put): boolean {
  const place = find(world, change)
  return !(place instanceof Error) && world.revision(place) !== undefined
}

function checkRev<Queue extends RuledQueue>(
  world: World<Queue>,
  place: RecordPlace,
  change: Put | Drop,
): void {
  const { ifRev } = change
  if (ifRev === undefined) return
  const rev = world.revision(place)
  if ((rev ?? 0) !== ifRev) throw hasOtherRev(change, rev)
}

function placeOf<Queue extends RuledQueue>(world: World<Queue>, change: Put | Drop): RecordPlace {
  const place = find(world, change)
  if (place instanceof Error) throw place
  return place
}

// What belongs to a stay is kept only as long as it lasts: so a record of one that has ended is not there.
function find<Queue extends RuledQueue>(
  world: World<Queue>,
  change: Put | Drop,
): RecordPlace | NotFoundError | ConflictError {
  const { workflow, id, hop = 0, key } = change
  if (id === undefined) return { workflow, token: 0, hop: 0, key }
  const known = world.known(workflow, id)
  if (!known) return noSuchToken({ workflow, id })
  if (hop !== 0 && (known.queue === undefined || known.hop !== hop)) return noSuchStay(change)
  return { workflow, token: known.token, hop, key }
}
