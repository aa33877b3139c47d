import { comparePositions, type Position } from '../position.ts'

/** What was found in a queue, in its order. */
export interface Scanned {
  readonly found: readonly Position[]
  /** The row that was looked at last, if there are more. */
  readonly stopped: Position | undefined
}

/** Where something was found. */
export interface Placed<Queue> {
  readonly queue: Queue
  readonly place: Position
}

/** What was found in several queues, in one order; what comes behind a row at which the look at one of them has stopped is not in order yet. */
export function inOneOrder<Queue>(
  scans: readonly (Scanned & { readonly queue: Queue })[],
  sign: number,
): { readonly found: readonly Placed<Queue>[]; readonly stopped: Position | undefined } {
  const [stopped] = scans.flatMap((each) => each.stopped ?? []).sort((a, b) => comparePositions(a, b, sign))
  const found = scans.flatMap((each) => each.found.map((place) => ({ queue: each.queue, place })))
  if (scans.length > 1) found.sort((a, b) => comparePositions(a.place, b.place, sign))
  return {
    found: stopped ? found.filter(({ place }) => comparePositions(place, stopped, sign) <= 0) : found,
    stopped,
  }
}
