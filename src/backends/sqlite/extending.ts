import type { Fence } from '../../queue/change.ts'
import type { Ledger } from './ledger.ts'

/** Renews all leases of `owner`, in the transaction that is open, and returns those that still hold. */
export function extendAll({ registry, turn }: Ledger, owner: string): readonly Fence[] {
  return registry.all().flatMap((table) => {
    const held = table.times.held.all(owner, turn.elapsed)
    if (held.length === 0) return []
    turn.dirty = true
    table.times.extend.run(turn.elapsed, owner, turn.elapsed)
    return held.map(({ id, hop, lease }) => ({ queue: table.entry.name, id, hop, lease }))
  })
}
