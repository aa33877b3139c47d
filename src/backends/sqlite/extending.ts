import type { Renewal } from '../../queue/backend.ts'
import type { Fence } from '../../queue/change.ts'
import { isPipewrightError } from '../../queue/errors.ts'
import type { LeaseKey } from './held-leases.ts'
import { type Ledger, settle } from './ledger.ts'
import type { QueueTable } from './queue-table.ts'

/** Renews the leases of `owner` that `fences` prove, in the transaction that is open, and says what else it holds. */
export function extend(ledger: Ledger, owner: string, fences: readonly Fence[]): Renewal {
  settle(ledger)
  const held = fences.filter((fence) => extendOne(ledger, owner, fence))
  const renewed = new Set(held.map((fence) => keyOf(tableOf(ledger, fence)!, fence)))
  const strays = ledger.registry.all().flatMap((table) =>
    listed(ledger, owner, table)
      .filter((row) => !renewed.has(keyOf(table, row)))
      .map(({ id, hop, lease }) => ({ queue: table.entry.name, id, hop, lease })),
  )
  return { held, strays }
}

function listed({ spare, turn }: Ledger, owner: string, table: QueueTable) {
  return spare.run(table.entry, () => table.times.leasedBy.all(owner, turn.elapsed)) ?? []
}

function extendOne(ledger: Ledger, owner: string, fence: Fence): boolean {
  const { registry, spare, tokens, turn } = ledger
  const table = tableOf({ registry }, fence)
  const token = table && tokens.refOf(table, fence.id)
  if (token === undefined) return false
  const done = spare.run(table!.entry, () =>
    table!.times.extendFor.run(turn.elapsed, token, fence.hop, fence.lease, owner),
  )
  // What cannot be seen is not proven to be gone.
  if (!done) return true
  const { changes } = done
  turn.dirty ||= changes > 0
  return changes > 0
}

/** Renews what this process holds, in the transaction that is open. Returns what is gone: each a place and a mark. */
export function renewHeld({ held, registry, spare, turn }: Ledger): readonly (readonly [number, number])[] {
  const gone: [number, number][] = []
  for (const { place, mark, key } of held.all()) {
    const table = registry.tableOf(key.queue)
    const isHeld = table && spare.run(table.entry, () => renewOne(table, key, turn.elapsed))
    if (isHeld) turn.dirty = true
    else if (!table || isHeld === false) gone.push([place, mark])
  }
  return gone
}

/** Renews one lease that this process holds; returns whether its fence holds. */
export function renewOne(
  table: QueueTable | undefined,
  { token, hop, lease }: LeaseKey,
  elapsed: number,
): boolean {
  return table !== undefined && table.times.extend.run(elapsed, token, hop, lease).changes > 0
}

// A queue that is not known here any more has no leases that could hold.
function tableOf({ registry }: Pick<Ledger, 'registry'>, { queue }: Fence): QueueTable | undefined {
  try {
    return registry.table(queue)
  } catch (error) {
    if (isPipewrightError(error) && error.code === 'not_found') return undefined
    throw error
  }
}

function keyOf({ entry }: QueueTable, { id, hop, lease }: Pick<Fence, 'id' | 'hop' | 'lease'>): string {
  return `${entry.ref} ${hop} ${lease} ${id}`
}
