import type { Change } from '../queue/change.ts'
import { ConflictError } from '../queue/errors.ts'
import { nextStay } from '../queue/plan.ts'
import { browse, type ReadQueue, type Which } from '../queue/read-queue.ts'
import type { Pushed, WriteQueue } from '../queue/write-queue.ts'
import { type InHand, readOf } from '../run/hand/hand.ts'
import { Reader, type Reading } from '../run/hand/reader.ts'
import { idOf, isMeant, type Read, RecentReads } from '../run/hand/recent-reads.ts'
import type { Place } from './place.ts'

/** The two ends of a stage: where its messages come from, and where its results go. */
export interface Ends<In, Out> {
  readonly input: ReadQueue<In>
  readonly output: Results<Out>
}

/** Where the results of a stage go: each is the answer to a message that was read. */
interface Results<in Out> extends Omit<WriteQueue<Out>, 'push'> {
  /** The hop of `message`, which was read here. Rejects with `LeaseLostError` if its lease is gone. */
  readonly push: (message: Which, value: Out) => Promise<Pushed>
}

/**
 * The ends of the stage at `place`, and what reads for them. `output.push(message, value)` is the hop of the message that
 * is in hand: it leaves the input and enters the next queue in one commit. So a following `input.pop(message)` has nothing
 * left to do, and a `pop` without a push is refused: a token does not vanish, it is discarded with a reason. Several loops
 * may share the ends: for each push one pop is allowed, until its loop has read again, also if the token has come back and
 * another loop has it.
 */
export function makeEnds<In, Out>(
  place: Place<In, Out>,
  options: Reading<In, Out>['options'],
): { readonly ends: Ends<In, Out>; readonly reader: Reader<In, Out> } {
  const { lens, queue, runtime } = place
  const reader = new Reader<In, Out>({ ...place, options })
  const pushed = new RecentReads()
  const popped = new WeakSet<Read>()

  const output: Results<Out> = {
    plan: (token, value) => lens.answer(token, reader.hand.takeFor(token).opened.stored, value),
    async push(which, value) {
      const inHand = reader.hand.take(which)
      const { held, opened } = inHand
      await hop(inHand, await held.answer(opened, value, { attempt: held.row.attempts + 1 }))
      return { entered: true }
    },
  }
  const input: ReadQueue<In> = {
    ...browse(runtime.backend, queue, lens),
    read: (signal) => reader.read(signal),
    async pop(which) {
      const id = idOf(which)
      // Checked before the messages in hand: there may be another stay of the token, which another loop has.
      const done = pushed.of(id).find((read) => isOwed(read, which))
      if (done) return void popped.add(done)
      reader.hand.take(which)
      throw new ConflictError(
        `Token "${id}" would vanish from queue "${queue}": push it to the output (that is the hop), or discard it with a reason.`,
        { queue, id },
      )
    },
    async move(which, target, value) {
      const inHand = reader.hand.take(which)
      const { held } = inHand
      const changes = await target.plan(nextStay(held.row, runtime.deploy), value)
      await hop(inHand, [held.pop('moved', { attempt: held.row.attempts + 1 }), ...changes])
    },
    discard: (which, reason) => reader.discard(which, reason),
    fail: (which, error) => reader.fail(which, error),
    release: (which, delayMs) => reader.release(which, delayMs),
  }
  return { ends: { input, output }, reader }

  // By the id alone, one pop for each push; and none after its loop has read again, if another loop has the token.
  function isOwed(read: Read, which: Which): boolean {
    if (typeof which !== 'string') return isMeant(read, which)
    return !popped.has(read) && !(reader.hand.has(which) && read.round.isOver())
  }

  async function hop(inHand: InHand<In, Out>, changes: readonly Change[]): Promise<void> {
    await reader.commit(inHand, changes)
    pushed.add(readOf(inHand))
  }
}
