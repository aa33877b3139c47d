import type { Declaration } from '../../../queue/declaration.ts'
import { type Closed, isClosedAt } from '../../../queue/rules/gate.ts'
import { gateOf } from '../../../queue/rules/gate-record.ts'
import { letsAllThrough } from '../../../queue/rules/gate-settings.ts'
import { beginToPay } from '../../../queue/rules/tolls.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'

interface Behind {
  readonly name: string
  readonly behind: string | null
  readonly holding: number
}

/**
 * Keeps the gates that a workflow declares, and which queues stand behind them, in the transaction that is open; what was set
 * since stays until a declaration changes what was declared.
 */
export function declareGates(
  db: Connection,
  open: OpenTransaction,
  { workflow, queues: specs, gates: declared = [] }: Declaration,
): void {
  const { gates, registry } = open
  const wanted = new Map(declared.map(({ name, ...settings }) => [name, settings]))
  for (const { name } of specs) {
    const row = wanted.has(name) ? undefined : gates.find(name, '')
    if (row?.declared) gates.put({ ...row, declared: undefined, own: {} })
  }
  for (const [name, settings] of wanted) {
    const row = gates.find(name, '') ?? gates.get(gates.make(name))
    if (JSON.stringify(row.declared) === JSON.stringify(settings)) continue
    gates.put({ ...row, declared: settings, own: {} })
    gates.ring(row.ref, true)
  }
  stand(db, open, { workflow, specs })
  for (const { name } of specs) {
    const row = gates.find(name, '')
    const queue = registry.of(registry.find(name)!)!
    if (queue.behind !== null || (row && !letsAllThrough(gateOf(gates, row.ref)))) beginToPay(open, queue)
  }
}

function stand(
  db: Connection,
  { registry }: OpenTransaction,
  { workflow, specs }: { readonly workflow: string; readonly specs: Declaration['queues'] },
): void {
  const old = prepared<[string], Behind>(
    db,
    'select name, behind, holding from pw_queues where workflow = ? and not retired',
  ).all(workflow)
  const isHolding =
    old.some(({ holding }) => holding) ||
    specs.some(({ behind }) => behind?.some(({ until }) => until === 'leave'))
  const texts = new Map(specs.map(({ name, behind }) => [name, behind ? JSON.stringify(behind) : null]))
  const changed = old.filter(
    ({ name, behind, holding }) => behind !== texts.get(name) || (holding === 1) !== isHolding,
  )
  if (changed.length === 0) return
  const save = prepared<unknown[], never>(db, 'update pw_queues set behind = ?, holding = ? where name = ?')
  for (const { name } of changed) save.run(texts.get(name) ?? null, isHolding ? 1 : 0, name)
  prepared<[], never>(db, 'update pw_declared set times = times + 1').run()
  registry.redeclared()
}

/** Shuts the gate of a queue that takes over one whose gate is shut; returns whether it was open. */
export function shutHeir({ gates, now }: OpenTransaction, name: string, closed: Closed): boolean {
  const row = gates.find(name, '') ?? gates.get(gates.make(name))
  if (isClosedAt(row.state, now)) return false
  gates.put({ ...row, state: { ...row.state, closed } })
  return true
}

/** Opens the gate of a queue that is no more: those that have taken it over have theirs. */
export function openRetired({ gates }: OpenTransaction, name: string): void {
  const row = gates.find(name, '')
  if (row) gates.put({ ...row, declared: undefined, own: {}, state: { ...row.state, closed: undefined } })
}

/** Who has shut the gate of a queue; undefined if it is open. */
export function closedAt({ gates, now }: OpenTransaction, name: string): Closed | undefined {
  const closed = gates.find(name, '')?.state.closed
  return isClosedAt({ closed }, now) ? closed : undefined
}
