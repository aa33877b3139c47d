import type { Parked } from '../../queue/gate.ts'
import { parkedFor } from '../../queue/rules/gate-record.ts'
import { type Gates, standOf } from './gates.ts'
import type { MemoryQueue, TokenRecord } from './memory-queue.ts'

/** Where a message of `queue` waits; without one, any that asks for one unit. */
export function parkedIn(
  gates: Gates,
  queue: MemoryQueue,
  { record, now }: { readonly record: TokenRecord | undefined; readonly now: number },
): Parked | undefined {
  const held = record && gates.holds.get(record.token)
  const { key = '', asks } = record ?? {}
  const message = { key, asks, holds: (gate: number) => held?.has(gate) === true }
  return parkedFor(gates, standOf(queue), { message, now })
}
