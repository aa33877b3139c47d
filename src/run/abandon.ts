import { isPipewrightError } from '../queue/errors.ts'
import { sayBriefly } from '../queue/say-fault.ts'
import type { InHand } from './hand.ts'
import type { Log } from './log.ts'
import type { Outcome } from './outcome.ts'
import type { Reader } from './reader.ts'

/**
 * Answers everything that `reader` has in hand when the loop that read it has rejected with `error`. A single message is
 * failed with it. Given back, uncharged, is what is not to blame: each of several, since any may be the one; all of it,
 * if the loop was asked to stop (`isStopped`), or the database is what failed. Never rejects: what cannot be answered is
 * logged, and left to its lease.
 */
export async function abandon<In, Out>(
  reader: Reader<In, Out>,
  error: unknown,
  { isStopped, log }: { readonly isStopped: boolean; readonly log: Log },
): Promise<void> {
  const { all } = reader.hand
  const outcome = isStopped || all.length > 1 ? ({ kind: 'released' } as const) : blame(error)
  await Promise.all(all.map(answer))

  async function answer(inHand: InHand<In, Out>): Promise<void> {
    const { queue, id } = inHand.held.fence
    try {
      await reader.settle(inHand, outcome)
    } catch (refused) {
      const told = { queue, id, error: sayBriefly(refused) }
      log.error('What a loop had in hand when it failed could not be answered.', told)
    }
  }
}

function blame(error: unknown): Outcome<never, never> {
  const code = isPipewrightError(error) ? error.code : undefined
  if (code === 'backend' || code === 'lease_lost') return { kind: 'released' }
  // No fault of the token: workers of the newer version do this step their own way.
  if (code === 'unroutable') return { kind: 'outdated', reason: (error as Error).message }
  return { kind: 'failed', error }
}
