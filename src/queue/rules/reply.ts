import type { Fault, Push } from '../change.ts'
import { textOf } from '../check-value.ts'
import type { Reply } from '../letter.ts'
import type { Wait } from '../wait.ts'
import type { Sent } from './box-world.ts'
import type { Departure } from './departures.ts'
import { isIn } from './mail.ts'
import type { Known, RuledQueue, World } from './world.ts'

/*
 * How a token reports to its parent: by one letter, in the commit in which it leaves its last queue. Into a queue with the role
 * `reply` it leaves with a value; however else it leaves, the letter says so as a failure. One that is buried stays, and so
 * reports only if its reply says `settle`, or if its parent waits with `failFast`: now, or when it comes to rest. What has
 * been sent is not owed any more, so there is exactly one letter, whatever becomes of the token. If the parent is not in the
 * stay that asked, the letter is dropped.
 */

/** Lets a token that is in no queue leave for good with what it was pushed with, and reports that, if it has to report. */
export function leaveWith<Queue extends RuledQueue>(
  world: World<Queue>,
  token: number,
  { queue, token: { id: from }, value, dead: failure }: Push,
): void {
  const text = failure ? undefined : textOf(value, { queue, id: from })
  const reply = world.box.reply(token)
  if (reply) send(world, reply, { value: text, failure, from })
  world.end(token, 'done')
}

/** Reports that a token has left otherwise, if it has to report. */
export function replyGone<Queue extends RuledQueue>(
  world: World<Queue>,
  { token, id, event, reason }: Pick<Departure<Queue>, 'token' | 'id' | 'event' | 'reason'>,
): void {
  const reply = world.box.reply(token)
  if (!reply) return
  const why = reason === undefined ? '.' : `: ${reason}`
  const failure: Fault = {
    kind: 'error',
    name: 'GoneError',
    message: `Token "${id}" has left without a reply: it was ${event}${why}`,
    code: event,
  }
  send(world, reply, { value: undefined, failure, from: id })
}

/** Reports that a token is dead, if its parent is to know that. */
export function replyDead<Queue extends RuledQueue>(
  world: World<Queue>,
  { token, id, stay }: Known<Queue>,
  error: Fault | undefined,
): void {
  const reply = world.box.reply(token)
  if (!reply || !(reply.settle || failsFast(world, reply))) return
  const failure = error ?? stay.error ?? isDead(id)
  world.box.reported(token)
  send(world, reply, { value: undefined, failure, from: id })
}

/** Lets the first dead child report that a wait which is about to begin has to know of. */
export function tellDead<Queue extends RuledQueue>(
  world: World<Queue>,
  { id, hop, queue }: Pick<Known<Queue>, 'id' | 'hop'> & { readonly queue: Queue },
  wait: Wait,
): void {
  if (!wait.failFast) return
  const { workflow } = queue
  const dead = world.box.deadDebtor(workflow, id, { hop, names: wait.for.map(({ name }) => name) })
  const reply = dead && world.box.reply(dead.token)
  if (!reply) return
  const failure = world.known(workflow, dead.id)?.stay.error ?? isDead(dead.id)
  world.box.reported(dead.token)
  send(world, reply, { value: undefined, failure, from: dead.id })
}

function isDead(id: string): Fault {
  return { kind: 'error', name: 'DeadError', message: `Token "${id}" is dead.`, code: 'dead' }
}

function failsFast<Queue extends RuledQueue>(world: World<Queue>, { workflow, id, hop }: Reply): boolean {
  const parent = world.known(workflow, id)
  return parent?.queue !== undefined && parent.hop === hop && parent.stay.wait?.failFast === true
}

function send<Queue extends RuledQueue>(
  world: World<Queue>,
  { workflow, id, hop, name, key }: Reply,
  letter: Pick<Sent, 'value' | 'failure' | 'from'>,
): void {
  const to = world.box.find(workflow, id)
  if (isIn(to, hop)) world.box.put(to.token, { name, key, hop, ...letter })
}
