import type { Remember } from '../change.ts'
import { textOf } from '../check-value.ts'
import { isRecorded, notInBox } from '../refusals.ts'
import { answer } from './answer.ts'
import type { RuledQueue, World } from './world.ts'

/** Remembers something about a leased message: see `Remember`. Its fence comes first, so a late worker changes nothing. */
export function remember<Queue extends RuledQueue>(world: World<Queue>, change: Remember): void {
  const { queue, id, hop, value, progress, steps = [], reads = [], forgive } = change
  const [{ token }] = answer(world, change, (stay) => ({
    ...stay,
    attempts: forgive || steps.length > 0 ? 0 : stay.attempts,
    crashes: forgive ? 0 : stay.crashes,
    progress: progress ?? stay.progress,
  }))
  if (value !== undefined) world.box.rewrite(token, textOf(value, { queue, id })!)
  if (reads.length > 0 && !world.box.read({ token, hop }, reads)) throw notInBox(change)
  for (const step of steps) if (!world.box.record({ token, hop }, step)) throw isRecorded(change, step.path)
}
