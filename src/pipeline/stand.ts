import type { QueueSpec } from '../queue/declaration.ts'
import { type GateSpec, gateOfKeys } from '../queue/gate.ts'
import { gate, type LimitOptions, placeOf } from './gate.ts'

/** The gates of a stage, and which of them its queue stands behind. */
export interface Stand {
  readonly gates: readonly GateSpec[]
  readonly behind: QueueSpec['behind']
}

/** What the options of the stage at `queue` ask of gates. */
export function standOf<In>(
  queue: string,
  { limit, behind = [], passes = [], frees = [] }: LimitOptions<In>,
): Stand {
  const { concurrency, perKey, ...others } = limit ?? {}
  const each = gateOfKeys(queue)
  const own = limit && (concurrency !== undefined || Object.keys(others).length > 0)
  const places = behind.map(placeOf)
  const stands = [
    ...(perKey ? [{ gate: each, per: 'key' as const }] : []),
    ...places.map(({ gate: { name }, until }) => ({ gate: name, ...(until && { until }) })),
  ]
  return {
    gates: [
      ...(own ? [gate(queue, { ...others, limit: concurrency })] : []),
      ...(perKey ? [gate(each, { limit: perKey.concurrency, rate: perKey.rate })] : []),
      ...places.map((place) => place.gate),
      ...passes,
      ...frees,
    ],
    behind: stands.length === 0 ? undefined : stands,
  }
}
