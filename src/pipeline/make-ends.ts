import { ConflictError } from '../queue/errors.ts'
import { nextStay } from '../queue/plan.ts'
import { browse, type ReadQueue } from '../queue/read-queue.ts'
import type { WriteQueue } from '../queue/write-queue.ts'
import { Reader, type Reading } from '../run/reader.ts'
import type { Place } from './place.ts'

/** The two ends of a stage: where its messages come from, and where its results go. */
export interface Ends<In, Out> {
  readonly input: ReadQueue<In>
  readonly output: WriteQueue<Out>
}

const remembered = 10_000

/**
 * The ends of the stage at `place`, and what reads for them. `output.push(id, value)` is the hop of the message `id` that is in hand: it
 * leaves the input and enters the next queue in one commit. So a following `input.pop(id)` has nothing left to do,
 * and a `pop` without a push is refused: a token does not vanish, it is discarded with a reason. Several loops may share
 * the ends: for each push one pop is remembered, also while the token comes back and another of them answers it.
 */
export function makeEnds<In, Out>(
  place: Place<In, Out>,
  options: Reading<In, Out>['options'],
): { readonly ends: Ends<In, Out>; readonly reader: Reader<In, Out> } {
  const { lens, queue, runtime } = place
  const reader = new Reader<In, Out>({ ...place, options })
  /** How many pops are still to come of what was pushed, by id. */
  const owed = new Map<string, number>()

  const output: WriteQueue<Out> = {
    plan: (token, value) => lens.answer(token, reader.take(token.id).opened.stored, value),
    async push(id, value) {
      const { held, opened } = reader.take(id)
      await hop(id, await held.answer(opened, value, { attempt: held.row.attempts + 1 }))
    },
  }
  const input: ReadQueue<In> = {
    ...browse(runtime.backend, queue, lens),
    read: (signal) => reader.read(signal),
    async pop(id) {
      // What is in hand may have been here before: what was pushed then was another stay.
      if (!reader.inHand.has(id) && takeOwed(id)) return
      reader.take(id)
      throw new ConflictError(
        `Token "${id}" would vanish from queue "${queue}": push it to the output (that is the hop), or discard it with a reason.`,
        { queue, id },
      )
    },
    async move({ id }, target, value) {
      const { held } = reader.take(id)
      const changes = await target.plan(nextStay(held.row, runtime.deploy), value)
      await hop(id, [held.pop('moved', { attempt: held.row.attempts + 1 }), ...changes])
    },
    discard: (id, reason) => reader.discard(id, reason),
    fail: (id, error) => reader.settle(id, { kind: 'failed', error }),
    release: (id, delayMs) => reader.release(id, delayMs),
  }
  return { ends: { input, output }, reader }

  async function hop(id: string, changes: Parameters<typeof reader.commit>[1]): Promise<void> {
    await reader.commit(id, changes)
    const times = owed.get(id) ?? 0
    owed.delete(id)
    owed.set(id, times + 1)
    // Loops that never pop would gather ids for ever; the oldest is not asked for any more.
    if (owed.size > remembered) owed.delete(owed.keys().next().value!)
  }

  function takeOwed(id: string): boolean {
    const times = owed.get(id) ?? 0
    owed.delete(id)
    if (times > 1) owed.set(id, times - 1)
    return times > 0
  }
}
