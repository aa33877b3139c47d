import type { Mail, Postpone } from '../../queue/change.ts'
import type { Reply } from '../../queue/letter.ts'
import type { Wait } from '../../queue/wait.ts'
import type { ModelBoxes, ModelLetter } from './model-boxes.ts'
import { type Moment, type Presence, set } from './presence.ts'

/** The part of the model that sends letters and lets messages wait for them. */
interface Posted {
  readonly here: ReadonlyMap<string, Presence>
  readonly boxes: ModelBoxes
  keyOf(queue: string, id: string): string
}

/** Puts a letter into the box of a token; false if it is not there. */
export function mail(model: Posted, { workflow, id, name, key, hop, value, failure, from }: Mail): boolean {
  const box = JSON.stringify([workflow, id])
  const to = model.here.get(box)
  if (!to || (hop !== undefined && hop !== to.hop)) return false
  model.boxes.put(box, { name, key, hop, value, isFailure: failure !== undefined, from })
  return wake(model, box, to)
}

/** Reports to a parent, if it is in the stay that has asked. */
export function send(
  model: Posted,
  { workflow, id, hop, name, key }: Reply,
  letter: Pick<ModelLetter, 'value' | 'isFailure' | 'from'>,
): void {
  const box = JSON.stringify([workflow, id])
  const to = model.here.get(box)
  if (to?.hop !== hop) return
  model.boxes.put(box, { name, key, hop, ...letter })
  wake(model, box, to)
}

function wake({ boxes }: Posted, box: string, to: Presence): boolean {
  if (to.status === 'waiting' && boxes.fulfils(box, to.wait!)) set(to, { status: 'ready' })
  return true
}

/** Reports that a token has died, if its parent is to know that. */
export function tellDeath(model: Posted, found: Presence): boolean {
  const { reply } = found
  if (!reply) return true
  const parent = model.here.get(JSON.stringify([reply.workflow, reply.id]))
  const isTold = parent?.status === 'waiting' && parent.hop === reply.hop && parent.wait?.failFast
  if (!reply.settle && !isTold) return true
  send(model, reply, { from: found.id, isFailure: true, value: undefined })
  return set(found, { reply: undefined })
}

/** How a message rests from now on; a wait that its box fulfils is over. */
export function restOf(
  model: Posted,
  found: Presence,
  {
    change: { delayMs, wait },
    moment: { now },
  }: { readonly change: Pick<Postpone, 'delayMs' | 'wait'>; readonly moment: Moment },
): Pick<Presence, 'status' | 'due' | 'wait'> {
  const due = delayMs === undefined ? undefined : now + delayMs
  if (!wait) return { status: delayMs ? 'delayed' : 'ready', due, wait: undefined }
  if (wait.failFast) tellFirstDead(model, found, wait)
  const isOver = delayMs === 0 || model.boxes.fulfils(model.keyOf(found.queue, found.id), wait)
  return isOver ? { status: 'ready', due: undefined, wait: undefined } : { status: 'waiting', due, wait }
}

// A child that died while its parent did not wait.
function tellFirstDead(model: Posted, found: Presence, wait: Wait): void {
  const child = [...model.here.values()].find(
    ({ status, parent, reply }) =>
      status === 'dead' &&
      parent === found.id &&
      reply?.hop === found.hop &&
      wait.for.some(({ name }) => name === reply.name),
  )
  if (!child) return
  send(model, child.reply!, { from: child.id, isFailure: true, value: undefined })
  set(child, { reply: undefined })
}
