import type { GateState } from '../gate.ts'
import {
  type GateRecord,
  type GateSource,
  gateOf,
  overriddenAt,
  type Standing,
  standsBehind,
} from './gate-record.ts'
import { gateStateOf, isUsed } from './show-gate.ts'

/** What `Backend.gates` says of these gates: all that are declared, or that something was done to. */
export function gateStates(
  source: GateSource,
  rows: readonly GateRecord[],
  { queues, now }: { readonly queues: readonly Standing[]; readonly now: number },
): readonly GateState[] {
  return rows
    .map((row) => ({ ...row, gate: gateOf(source, row.ref) }))
    .filter(({ declared, gate }) => declared || isUsed(gate))
    .map(({ ref, name, key, gate }) => {
      const behind = queues.filter((queue) => standsBehind(queue, name)).map((queue) => queue.name)
      const overridden = overriddenAt(source, ref)
      return {
        ...gateStateOf({ name, key, gate }, { now, queues: behind }),
        ...(overridden && { overridden }),
      }
    })
}
