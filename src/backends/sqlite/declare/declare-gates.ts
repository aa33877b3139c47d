import type { Declaration } from '../../../queue/declaration.ts'
import { keepDeclared, mayHold, mustPayAt } from '../../../queue/rules/declared-gates.ts'
import { beginToPay } from '../../../queue/rules/tolls.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'

interface Behind {
  readonly name: string
  readonly behind: string | null
  readonly holding: number
}

/** Keeps the gates that a workflow declares, and which queues stand behind them, in the transaction that is open. */
export function declareGates(db: Connection, open: OpenTransaction, declaration: Declaration): void {
  const { gates, registry } = open
  for (const ref of keepDeclared(gates, declaration, open.now)) gates.ring(ref, true)
  stand(db, open, declaration)
  for (const { name } of declaration.queues) {
    const row = gates.find(name, '')
    const queue = registry.of(registry.find(name)!)!
    if (queue.behind !== null || (row && mustPayAt(gates.of(row.ref)))) beginToPay(open, queue)
  }
}

function stand(db: Connection, open: OpenTransaction, declaration: Declaration): void {
  const { registry, lanes } = open
  const { workflow, queues: specs } = declaration
  const old = prepared<[string], Behind>(
    db,
    'select name, behind, holding from pw_queues where workflow = ? and not retired',
  ).all(workflow)
  const isHolding = old.some(({ holding }) => holding) || mayHold(declaration)
  const texts = new Map(specs.map(({ name, behind }) => [name, behind ? JSON.stringify(behind) : null]))
  const changed = old.filter(
    ({ name, behind, holding }) => behind !== texts.get(name) || (holding === 1) !== isHolding,
  )
  if (changed.length === 0) return
  const save = prepared<unknown[], never>(db, 'update pw_queues set behind = ?, holding = ? where name = ?')
  for (const { name } of changed) {
    save.run(texts.get(name) ?? null, isHolding ? 1 : 0, name)
    // They may have waited at a gate that is not in their way any more.
    lanes.unblockAll(registry.find(name)!)
  }
  prepared<[], never>(db, 'update pw_declared set times = times + 1').run()
  registry.redeclared()
}
