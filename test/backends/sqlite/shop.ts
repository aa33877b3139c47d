import type { Change } from '../../../src/queue/change.ts'
import type { QueueSpec } from '../../../src/queue/declaration.ts'
import type { Leased } from '../../../src/queue/rows.ts'

export const workflow = 'shop'
export const usualQueues: readonly QueueSpec[] = [
  { name: 'shop/first', role: 'stage' },
  { name: 'shop/second', role: 'stage' },
  { name: 'shop/desk', role: 'review' },
  { name: 'shop/done', role: 'output' },
]

/** One hop of a leased message. */
export function moving(held: Leased, from: string, to: string): readonly Change[] {
  const { id, hop, lease, frames, priority, deploy, value } = held
  const token = { id, hop: hop + 1, frames, priority, deploy }
  return [
    { kind: 'pop', event: 'moved', queue: from, id, hop, lease },
    { kind: 'push', queue: to, token, value },
  ]
}
