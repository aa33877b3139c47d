import type { Receipt } from '../backend.ts'
import type { Change, Drop, Put } from '../change.ts'
import { recordText } from '../check-record.ts'
import type { ConflictError, NotFoundError } from '../errors.ts'
import { hasOtherRev, noSuchStay, noSuchToken } from '../refusals.ts'
import { dueAfter } from './stay.ts'
import type { KeptRecord, RecordPlace, RuledQueue, World } from './world.ts'

/** Keeps a record; one that says that this commit has happened is kept at its end, by `keepReceipt`. */
export function put<Queue extends RuledQueue>(world: World<Queue>, change: Put): void {
  if (!change.repeat) keep(world, change, recordText(change))
}

/** Drops a record. */
export function drop<Queue extends RuledQueue>(world: World<Queue>, change: Drop): void {
  const place = placeOf(world, change)
  checkRev(world, place, change)
  // Also one that has ended: if the clock is set back, it must not be there again.
  world.records.drop(place)
}

/** The receipt of the commit with these changes, if a record says that it has happened. */
export function receiptOf<Queue extends RuledQueue>(
  world: World<Queue>,
  changes: readonly Change[],
): Receipt | undefined {
  for (let i = changes.length - 1; i >= 0; i--) {
    const change = changes[i]!
    if (change.kind !== 'put' || !change.repeat) continue
    const found = recordOf(world, change)
    if (found) return { repeated: true, record: change.key, skipped: skippedIn(found) }
  }
  return undefined
}

/** Keeps what `receiptOf` finds, if the commit has such a record. */
export function keepReceipt<Queue extends RuledQueue>(
  world: World<Queue>,
  changes: readonly Change[],
  { skipped }: Receipt,
): void {
  for (const change of changes)
    if (change.kind === 'put' && change.repeat)
      keep(world, change, skipped.length === 0 ? undefined : JSON.stringify(skipped))
}

// Another change may have kept a value of its own there.
function skippedIn({ value = '[]' }: KeptRecord): readonly number[] {
  const places: unknown = JSON.parse(value)
  return Array.isArray(places) && places.every(Number.isSafeInteger) ? (places as number[]) : []
}

function keep<Queue extends RuledQueue>(world: World<Queue>, change: Put, value: string | undefined): void {
  const place = placeOf(world, change)
  checkRev(world, place, change)
  const { forMs } = change
  world.records.keep(place, value, forMs === undefined ? undefined : dueAfter(forMs, world.now))
}

function recordOf<Queue extends RuledQueue>(world: World<Queue>, change: Put): KeptRecord | undefined {
  const place = find(world, change)
  return place instanceof Error ? undefined : world.records.find(place)
}

function checkRev<Queue extends RuledQueue>(
  world: World<Queue>,
  place: RecordPlace,
  change: Put | Drop,
): void {
  const { ifRev } = change
  if (ifRev === undefined) return
  const rev = world.records.find(place)?.rev
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
