import type { Change } from '../../../queue/change.ts'
import { checkChanges } from '../../../queue/check-change.ts'
import { accompany, bury, pop, postpone, progress } from './answer.ts'
import type { OpenTransaction } from './open-transaction.ts'
import { push } from './push.ts'
import { revive, take } from './take.ts'

/** Applies the changes of one caller, in order, in the transaction that is open. Throws at the first that is refused. */
export function apply(open: OpenTransaction, changes: readonly Change[]): void {
  checkChanges(changes)
  for (const change of changes) applyOne(open, change)
  open.endRequest()
}

function applyOne(open: OpenTransaction, change: Change): void {
  switch (change.kind) {
    case 'push':
      return push(open, change)
    case 'pop':
      return pop(open, change)
    case 'postpone':
      return postpone(open, change)
    case 'bury':
      return bury(open, change)
    case 'progress':
      return progress(open, change)
    case 'accompany':
      return accompany(open, change)
    case 'take':
      return take(open, change)
    case 'revive':
      return revive(open, change)
  }
}
