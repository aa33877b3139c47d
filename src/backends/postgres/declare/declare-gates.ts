import type { Declaration } from '../../../queue/declaration.ts'
import { keepDeclared, mayHold, mustPayAt } from '../../../queue/rules/declared-gates.ts'
import { beginToPay } from '../../../queue/rules/tolls.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'

/** Keeps the gates that a workflow declares, and which queues stand behind them. */
export async function declareGates(open: OpenTransaction, declaration: Declaration): Promise<void> {
  await open.run((draft) => {
    for (const ref of keepDeclared(draft.gates, declaration, draft.now)) draft.gates.ring(ref, true)
  })
  open.keep()
  await stand(open, declaration)
  for (const { name } of declaration.queues) {
    await open.run((draft) => {
      const row = draft.gates.find(name, '')
      const queue = draft.queues.named(name)!
      if (queue.behind.length > 0 || (row && mustPayAt(draft.gates.of(row.ref)))) beginToPay(draft, queue)
    })
    open.keep()
  }
}

async function stand(open: OpenTransaction, declaration: Declaration): Promise<void> {
  const { workflow, queues: specs } = declaration
  const old = open.queues.live(workflow)
  const isHolding = old.some(({ holding }) => holding) || mayHold(declaration)
  const behind = new Map(specs.map((spec) => [spec.name, spec.behind ?? []]))
  const changed = old.filter(
    (queue) =>
      JSON.stringify(queue.behind) !== JSON.stringify(behind.get(queue.name) ?? []) ||
      queue.holding !== isHolding,
  )
  if (changed.length === 0) return
  for (const { ref, name } of changed) {
    const text = behind.get(name)?.length ? JSON.stringify(behind.get(name)) : null
    await open.rows('update pw_queues set behind = $2, holding = $3 where ref = $1', ref, text, isHolding)
    // They may have waited at a gate that is not in their way any more.
    await open.rows(
      'update pw_lanes set blocked = null, until = null where queue = $1 and blocked is not null',
      ref,
    )
  }
  await open.rows('update pw_meta set registry = registry + 1')
  await open.reread()
}
