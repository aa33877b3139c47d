import type { Declaration } from '../../queue/declaration.ts'
import { type Closed, isClosedAt } from '../../queue/rules/gate.ts'
import { freshGate, gateOf } from '../../queue/rules/gate-record.ts'
import { letsAllThrough } from '../../queue/rules/gate-settings.ts'
import type { Gates } from './gates.ts'
import type { Queues } from './queues.ts'

/** Keeps the gates that a workflow declares; what was set since stays until a declaration changes what was declared. */
export function declareGates(
  queues: Queues,
  { workflow, queues: specs, gates: declared = [] }: Declaration,
): void {
  const { gates, names } = queues
  const wanted = new Map(declared.map(({ name, ...settings }) => [name, settings]))
  for (const { name } of specs)
    if (gates.find(name, '')?.declared && !wanted.has(name)) undeclare(gates, name)
  for (const [name, settings] of wanted) {
    const row = gates.find(name, '') ?? freshGate(gates.count + 1, name, '')
    const isSame = JSON.stringify(row.declared) === JSON.stringify(settings)
    if (!isSame) gates.put({ ...row, declared: settings, own: {} })
  }
  const live = names.live(workflow)
  const isHolding =
    live.some(({ holding }) => holding) ||
    specs.some(({ behind }) => behind?.some(({ until }) => until === 'leave'))
  for (const queue of live) {
    const own = gates.find(queue.name, '')
    if (queue.spec.behind || (own && !letsAllThrough(gateOf(gates, own.ref)))) queue.gated = true
    queue.holding = isHolding
  }
}

/** Shuts the gate of a queue that takes over one whose gate was shut. */
export function shutHeir({ gates, clock }: Queues, name: string, closed: Closed): void {
  const row = gates.find(name, '') ?? freshGate(gates.count + 1, name, '')
  if (!isClosedAt(row.state, clock.now())) gates.put({ ...row, state: { ...row.state, closed } })
}

/** Opens the gate of a queue that is no more: those that have taken it over have theirs. */
export function openRetired(gates: Gates, name: string): void {
  const row = gates.find(name, '')
  if (row) gates.put({ ...row, declared: undefined, own: {}, state: { ...row.state, closed: undefined } })
}

function undeclare(gates: Gates, name: string): void {
  gates.put({ ...gates.find(name, '')!, declared: undefined, own: {} })
}
