import type { Line, Note, Why } from '../change.ts'
import { noSuchToken } from '../refusals.ts'
import type { RuledQueue, World } from './world.ts'

/**
 * Writes a line that changes nothing else. It is in the commit of what it is about, if there is any: so what a person did is said
 * if, and only if, it has happened.
 */
export function say<Queue extends RuledQueue>(world: World<Queue>, change: Line): void {
  const { event, queue: name, id, actor, reason, by } = change
  const note: Note & Why = { actor, reason, fields: by === undefined ? undefined : { by } }
  const queue = name === undefined ? undefined : world.queue(name)
  if (!queue || id === undefined) return world.past.say({ token: 0, hop: 0, queue }, event, note)
  const { workflow } = queue
  const known = world.known(workflow, id)
  if (!known) throw noSuchToken({ workflow, id })
  const { token, hop } = known
  world.past.say({ token, hop, queue: known.queue ?? queue }, event, note)
}
