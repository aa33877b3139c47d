import type { HistoryEvent } from '../journey.ts'
import type { Arrival, Known, RuledQueue, World } from './world.ts'

/*
 * What is remembered of a token. A stay's value and frames are in the token's row as long as the stay lasts, and gone with the
 * next one, unless they are kept beside it, in the commit in which the stay begins or ends: so what is remembered is what was
 * there, and nothing that did not happen. A queue says of which stays (`values`):
 *
 * - `turns`: where a token enters, as it enters; where a stay ends otherwise than by work that was done, as it ends (so what a person was
 *   shown is kept together with the decision, and what was cancelled can be brought back); and what a person has sent on, as it
 *   arrives. A hop from stage to stage keeps nothing.
 * - `all`: the same, and each stay as it ends.
 * - `none`: nothing.
 *
 * Of one stay the first value that is kept counts. Hops are never given again, so one stay is never taken for another.
 */

/** Whether what is in `queue` is kept as its stay ends by `event`. */
export function isKeptAtEnd({ values }: RuledQueue, event: HistoryEvent): boolean {
  return values === 'turns' ? event !== 'moved' : values === 'all'
}

/** Keeps what arrives in `queue` from outside, or from a person, if that is kept there. */
export function keepArrival<Queue extends RuledQueue>(
  world: World<Queue>,
  queue: Queue,
  token: number,
  arrival: Arrival,
): void {
  if (queue.values !== 'none') world.past.keep(token, arrival)
}

/** Keeps what a token is that is taken out of `queue` without a lease, if that is kept there. */
export function keepTaken<Queue extends RuledQueue>(
  world: World<Queue>,
  queue: Queue,
  known: Pick<Known<Queue>, 'token' | 'hop'>,
  event: HistoryEvent,
): void {
  // A poll is answered by a worker, not by a person.
  const isWork = event === 'resolved'
  if (queue.values === 'all' || (queue.values === 'turns' && !isWork)) world.past.keepHere(known)
}
