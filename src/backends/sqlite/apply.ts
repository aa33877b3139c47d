import type { Change } from '../../queue/change.ts'
import { checkChanges } from '../../queue/check-change.ts'
import { accompany, bury, pop, postpone, progress } from './answering.ts'
import type { Ledger } from './ledger.ts'
import { push } from './pushing.ts'
import { revive, take } from './taking.ts'

/** Applies the changes of one caller, in order, in the transaction that is open. Throws at the first that is refused. */
export function apply(ledger: Ledger, changes: readonly Change[]): void {
  checkChanges(changes)
  for (const change of changes) applyOne(ledger, change)
  const { departed, now } = ledger.turn
  for (const each of departed) {
    if (!each.arrived) ledger.tokens.leave(each, now)
  }
}

function applyOne(ledger: Ledger, change: Change): void {
  switch (change.kind) {
    case 'push':
      return push(ledger, change)
    case 'pop':
      return pop(ledger, change)
    case 'postpone':
      return postpone(ledger, change)
    case 'bury':
      return bury(ledger, change)
    case 'progress':
      return progress(ledger, change)
    case 'accompany':
      return accompany(ledger, change)
    case 'take':
      return take(ledger, change)
    case 'revive':
      return revive(ledger, change)
  }
}
