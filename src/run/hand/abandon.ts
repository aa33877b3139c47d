import { isPipewrightError } from '../../queue/errors.ts'
import type { Outcome } from '../settle/outcome.ts'
import type { InHand } from './hand.ts'
import type { Reader } from './reader.ts'

/** Which run of a loop has rejected, and how. */
interface Abandoning {
  /** One of several loops of the stage: what others have read is left to them. */
  readonly run?: object | undefined
  readonly isStopped: boolean
}

/**
 * Answers everything that `reader` has in hand when the loop that read it has rejected with `error`.
 *
 * A single message is failed with it. Of several any may be the one, and a single one may be another loop's, if another
 * is away too: each is given back, uncharged, as a suspect, so that it is read alone next time, in this process or another,
 * and fails alone if it is to blame. A loop that reads on all the
 * same before it works, until it has several, cannot tell them apart: of those, what was a suspect already is failed too,
 * for else they would go round for ever. Given back as they are is all of it, if the loop was asked to stop (`isStopped`)
 * or the database is what failed. Never rejects: what cannot be answered is left to its lease, see
 * `settle.ts`.
 */
export async function abandon<In, Out>(
  reader: Reader<In, Out>,
  error: unknown,
  { run, isStopped }: Abandoning,
): Promise<void> {
  const { hand } = reader
  const all = hand.all.filter((inHand) => run === undefined || inHand.run === run)
  const isOwn = all.length === 1 && (run !== undefined || hand.loops.away <= 1)
  await Promise.all(all.map((inHand) => reader.settle(inHand, outcomeFor(inHand))))
  if (run === undefined) hand.renewLoops()

  function outcomeFor({ held: { row } }: InHand<In, Out>): Outcome<never, never> {
    if (isStopped || isInnocent(error)) return { kind: 'released' }
    return isOwn || row.suspect ? blame(error) : { kind: 'doubted', error }
  }
}

/** Whether it is the database, or a lease that was lost, and no message in hand. */
function isInnocent(error: unknown): boolean {
  return isPipewrightError(error) && (error.code === 'backend' || error.code === 'lease_lost')
}

function blame(error: unknown): Outcome<never, never> {
  // No fault of the token: workers of the newer version do this step their own way.
  const isOutdated = isPipewrightError(error) && error.code === 'unroutable'
  return isOutdated ? { kind: 'outdated', reason: error.message } : { kind: 'failed', error }
}
