import type { Parked } from '../../queue/gate.ts'
import { parkedFor } from '../../queue/rules/gate-record.ts'
import { type Gates, standOf } from './gates.ts'
import type { MemoryQueue, TokenRecord } from './memory-queue.ts'

/** Where the ready messages of a queue wait; undefined if one of them may be leased. */
export function allParkedIn(gates: Gates, queue: MemoryQueue, now: number): Parked | undefined {
  const [first, ...others] = queue.lanes.firsts
  const parked = parkedIn(gates, queue, { record: first, now })
  if (!parked) return undefined
  // What holds its units already may pass, wherever it is in its lane.
  const holders = [...queue.records.values()].filter(
    ({ token, stay }) => stay.status === 'ready' && gates.holds.has(token),
  )
  const passes = (record: TokenRecord) => !parkedIn(gates, queue, { record, now })
  return others.some(passes) || holders.some(passes) ? undefined : parked
}

/** When the first gate opens by itself at which ready messages of a queue wait; undefined if none does. */
export function opensIn(gates: Gates, queue: MemoryQueue, now: number): number | undefined {
  const times = queue.lanes.firsts.flatMap((record) => parkedIn(gates, queue, { record, now })?.until ?? [])
  return times.length === 0 ? undefined : Math.min(...times)
}

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
