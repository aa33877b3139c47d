import { isPipewrightError } from '../../queue/errors.ts'
import type { Outcome } from '../settle/outcome.ts'
import type { InHand } from './hand.ts'
import type { Reader } from './reader.ts'

/** Which run of a loop has rejected, and how. */
interface Abandoning {
  /** Given where the stage has several loops: messages that the others have read are left to them. */
  readonly run?: object | undefined
  readonly isStopped: boolean
}

/**
 * Answers everything that `reader` has in hand when the loop that read it has rejected with `error`.
 *
 * A single message is failed with it. Of several, any may be to blame, and a single one may be another loop's if another
 * loop is working too: each is given back, uncharged, as a suspect, so that it is read alone next time, in this process or
 * another, and fails alone if it is to blame. A loop that always reads several before it works cannot show which one is to
 * blame: of its messages, those that were suspects already are failed too, else they would go round for ever. All are given
 * back as they were if the loop was asked to stop (`isStopped`) or the database failed. Never rejects: a message that
 * cannot be answered is left to its lease, see `settle.ts`.
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

/** Whether the database or a lost lease is to blame, and no message in hand. */
function isInnocent(error: unknown): boolean {
  return isPipewrightError(error) && (error.code === 'backend' || error.code === 'lease_lost')
}

function blame(error: unknown): Outcome<never, never> {
  // Not the token's fault: workers of the newer version do this step in another way.
  const isOutdated = isPipewrightError(error) && error.code === 'unroutable'
  return isOutdated ? { kind: 'outdated', reason: error.message } : { kind: 'failed', error }
}
