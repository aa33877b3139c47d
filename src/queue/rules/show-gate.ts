import type { GateState, Parked } from '../gate.ts'
import { admit, countedAt, type Gate, isClosedAt, roomAt } from './gate.ts'
import { letsAllThrough } from './gate-settings.ts'

/** A gate with its names. */
interface Named {
  readonly name: string
  /** Empty for none. */
  readonly key: string
  readonly gate: Gate
}

/** What `Backend.gates` says of a gate. */
export function gateStateOf(
  { name, key, gate }: Named,
  { now, queues }: { readonly now: number; readonly queues: readonly string[] },
): GateState {
  const { closed, limit, rate, breaker, windows, held, failures } = gate
  const { why, againAt } = admit(gate, 1, now)
  const isClosed = isClosedAt(gate, now)
  const most = roomAt(gate, now)
  const room = most === Number.POSITIVE_INFINITY ? undefined : most
  return {
    name,
    ...(key === '' ? {} : { key }),
    closed: isClosed,
    ...(isClosed ? defined(closed!) : {}),
    ...defined({ limit, rate, breaker, windows }),
    ...{ held, failures, queues },
    ...defined({ room, why, againAt }),
  }
}

/** What ready messages wait for that come to this gate; undefined if they do not. */
export function parkedAt({ name, key, gate }: Named, asked: number, now: number): Parked | undefined {
  const units = countedAt(gate, asked)
  const { units: admitted, why, againAt } = admit(gate, units, now)
  if (admitted >= units || why === undefined) return undefined
  const { actor, reason } = why === 'closed' ? gate.closed! : {}
  return {
    gate: name,
    ...(key === '' ? {} : { key }),
    why,
    ...defined({ actor, reason, until: againAt }),
  }
}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}

/** Whether there is anything to say of a gate that no declaration has. */
export function isUsed(gate: Gate): boolean {
  return gate.held + gate.failures + gate.tat > 0 || gate.closed !== undefined || !letsAllThrough(gate)
}
