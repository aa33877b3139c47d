import type { Declaration } from '../declaration.ts'
import { gateOfKeys } from '../gate.ts'
import { type Closed, type Gate, isClosedAt } from './gate.ts'
import type { GateBook } from './gate-book.ts'
import { letsAllThrough } from './gate-settings.ts'

/** The gates that a declaration is about. */
type Gates = Pick<GateBook<never>, 'find' | 'obtain' | 'put' | 'alter'>

/**
 * Keeps the gates that a workflow declares; what was set by hand stays before that until it is taken back. Returns the
 * numbers of those that it has changed.
 */
export function keepDeclared(
  gates: Gates,
  { queues, gates: declared = [] }: Pick<Declaration, 'queues' | 'gates'>,
  now: number,
): readonly number[] {
  const wanted = new Map(declared.map(({ name, ...settings }) => [name, settings]))
  for (const { name } of queues) {
    const row = wanted.has(name) ? undefined : gates.find(name, '')
    if (row?.declared) gates.alter({ ...row, declared: undefined }, now)
  }
  const changed: number[] = []
  for (const [name, settings] of wanted) {
    const row = gates.obtain(name)
    if (JSON.stringify(row.declared) === JSON.stringify(settings)) continue
    gates.alter({ ...row, declared: settings }, now)
    changed.push(row.ref)
  }
  return changed
}

/**
 * Whether the leases of a queue pay at its own gate: a limit has to know what is leased, and a gate that is shut for some time
 * is looked at with what they pay.
 */
export function mustPayAt(gate: Gate): boolean {
  return !letsAllThrough(gate) || gate.closed?.until !== undefined
}

/** Whether tokens of a workflow may hold units until they leave, where they could not before. */
export function mayHold({ queues }: Pick<Declaration, 'queues'>): boolean {
  return queues.some(({ behind }) => behind?.some(({ until }) => until === 'leave'))
}

/** Shuts the gate of a queue that takes over one whose gate is shut; returns whether it was open. */
export function shutHeir(
  gates: Gates,
  name: string,
  { closed, now }: { closed: Closed; now: number },
): boolean {
  const row = gates.obtain(name)
  if (isClosedAt(row.state, now)) return false
  gates.put({ ...row, state: { ...row.state, closed } })
  return true
}

/** Why the queue that takes over `queue` is paused. */
export function passedOnFrom(queue: string): string {
  return `Queue "${queue}", which it takes over, was paused.`
}

/** Gives the gates of a queue, its own and that of its keys, its new name. */
export function renameGates(
  gates: { readonly rename: (from: string, to: string) => void },
  from: string,
  to: string,
): void {
  gates.rename(from, to)
  gates.rename(gateOfKeys(from), gateOfKeys(to))
}

/** Opens the gate of a queue that is no more: those that have taken it over have theirs. */
export function openRetired(gates: Gates, name: string): void {
  const row = gates.find(name, '')
  if (row) gates.put({ ...row, declared: undefined, own: {}, state: { ...row.state, closed: undefined } })
}

/** Who has shut the gate of a queue; undefined if it is open. */
export function closedAt(gates: Pick<Gates, 'find'>, name: string, now: number): Closed | undefined {
  const closed = gates.find(name, '')?.state.closed
  return isClosedAt({ closed }, now) ? closed : undefined
}
