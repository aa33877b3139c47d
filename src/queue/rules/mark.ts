import type { Fault, Mark } from '../change.ts'
import { keptMarks, type Marks } from '../marks.ts'
import { printOf } from '../print.ts'
import { movedOn, notThere, wasNoted } from '../refusals.ts'
import { wordsOf } from '../text.ts'
import type { Known, RuledQueue, World } from './world.ts'

/*
 * Marks are facts of a stay. A push may bring those that its stage has worked out; a person sets more of them, without a lease,
 * and each time the revision of the token grows by one, so that who has not seen the last one can be refused. Two are set only
 * here: `print`, the class of the fault that the message has, and `source`, the queue that gave its token up. So a message has a
 * `print` just when it has an `error`, or was `brought` by a fault. All of them go with the stay: no hop has to take them away,
 * since a mark names the stay that it is of, and of another it is not seen.
 */

/** Sets marks of a message. Returns whether that was passed over. */
export function mark<Queue extends RuledQueue>(world: World<Queue>, change: Mark): boolean {
  const { id, set, rev, hop, text } = change
  const queue = world.queue(change.queue)
  const known = world.known(queue.workflow, id)
  const isThere = known?.queue === queue && (hop === undefined || hop === known.hop)
  if (!isThere) {
    if (change.skip) return true
    throw known && hop !== undefined ? movedOn(change) : notThere(change)
  }
  if (rev !== undefined && rev !== known.rev) {
    if (change.skip) return true
    throw wasNoted(change, known.rev)
  }
  world.marks.set(known, queue, set)
  if (text !== undefined) world.marks.write(known, queue, wordsOf(text ?? ''))
  world.marks.raise(known.token)
  const { actor, reason } = change
  world.line(known, queue, 'noted', { actor, reason, fields: set })
  return false
}

/** What a token brings to a stay. */
interface Brought<Queue> {
  readonly marks: Marks | undefined
  readonly text?: string | undefined
  /** The fault for which another queue has given it up. */
  readonly fault?: Fault | undefined
  readonly from?: Queue | undefined
}

/** Gives a stay that begins its marks, and its text. */
export function beginMarks<Queue extends RuledQueue>(
  world: World<Queue>,
  of: Pick<Known<Queue>, 'token' | 'id' | 'hop'>,
  brought: Brought<Queue> & { readonly queue: Queue },
): void {
  beginOwn(world, of, brought)
  const { queue, text } = brought
  const words = text === undefined ? [] : wordsOf(text)
  if (words.length > 0) world.marks.write(of, queue, words)
}

function beginOwn<Queue extends RuledQueue>(
  world: World<Queue>,
  of: Pick<Known<Queue>, 'token' | 'id' | 'hop'>,
  { queue, marks = {}, fault, from }: Brought<Queue> & { readonly queue: Queue },
): void {
  if (!fault || !from) return world.marks.begin(of, queue, keptMarks(marks))
  const own = { print: printOf(fault, of.id), source: from.name }
  world.marks.begin(of, queue, keptMarks({ ...marks, ...own }))
  world.marks.bring(of, from, fault)
}

/** Gives a message that has a fault the mark of its class. */
export function markFault<Queue extends RuledQueue>(
  world: World<Queue>,
  known: Pick<Known<Queue>, 'token' | 'id' | 'hop'>,
  queue: Queue,
  fault: Fault | undefined,
): void {
  if (fault) world.marks.set(known, queue, { print: printOf(fault, known.id) })
}
