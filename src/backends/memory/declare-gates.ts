import type { Declaration } from '../../queue/declaration.ts'
import { keepDeclared, mayHold, mustPayAt } from '../../queue/rules/declared-gates.ts'
import { beginToPay } from '../../queue/rules/tolls.ts'
import type { Draft } from './draft.ts'
import type { Queues } from './queues.ts'

/** Keeps the gates that a workflow declares, and which of its queues pay at gates. */
export function declareGates({ gates, names, clock }: Queues, draft: Draft, declaration: Declaration): void {
  keepDeclared(gates, declaration, clock.now())
  const live = names.live(declaration.workflow)
  const isHolding = live.some(({ holding }) => holding) || mayHold(declaration)
  for (const queue of live) {
    const own = gates.find(queue.name, '')
    if (queue.spec.behind || (own && mustPayAt(gates.of(own.ref)))) beginToPay(draft, queue)
    queue.holding = isHolding
  }
}
