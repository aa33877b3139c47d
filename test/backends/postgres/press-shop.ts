import type { Change, Push } from '../../../src/queue/change.ts'
import type { Declaration } from '../../../src/queue/declaration.ts'
import type { Leased } from '../../../src/queue/rows.ts'

/** Two stages in a row, the second behind a gate. */
export const shop: Declaration = {
  workflow: 'shop',
  fingerprint: 'v1',
  queues: [
    { name: 'first', role: 'stage' },
    { name: 'second', role: 'stage', behind: [{ gate: 'press' }] },
    { name: 'done', role: 'output' },
  ],
  gates: [{ name: 'press', limit: 50 }],
}

/** A new token. */
export function entering(id: string): Push {
  return { ...pushing('first', { id, hop: -1 }), enter: 'refuse' }
}

/** One hop of what was leased. */
export function moving(leased: Leased, from: string, to: string): readonly Change[] {
  const { id, hop, lease } = leased
  return [{ kind: 'pop', event: 'moved', queue: from, id, hop, lease }, pushing(to, leased)]
}

function pushing(queue: string, { id, hop }: { readonly id: string; readonly hop: number }): Push {
  const token = { id, hop: hop + 1, frames: [], priority: 0, deploy: 1 }
  return { kind: 'push', queue, token, value: { id } }
}
