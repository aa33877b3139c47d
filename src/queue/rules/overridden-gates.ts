import type { OverriddenGate } from '../gate.ts'
import { commonNames, type GateSource, gateOf, overriddenAt, type Standing } from './gate-record.ts'

/** The gates that a queue stands behind at which something was set by hand, as `QueuePulse` says them. */
export function overriddenFor(
  source: GateSource,
  queue: Standing,
): { readonly overridden?: readonly OverriddenGate[] } {
  const found = commonNames(queue).flatMap((name) => {
    const row = source.find(name, '')
    const overridden = row && overriddenAt(source, row.ref)
    if (!overridden) return []
    const { limit, rate } = gateOf(source, row.ref)
    return [
      { gate: name, ...(limit !== undefined && { limit }), ...(rate !== undefined && { rate }), overridden },
    ]
  })
  return found.length === 0 ? {} : { overridden: found }
}
