import type { Revive, Take } from '../../queue/change.ts'
import { isHeld, movedOn, notDead, notThere } from '../../queue/refusals.ts'
import { type Ledger, settle } from './ledger.ts'
import type { Peeked } from './queue-schema.ts'
import type { QueueTable } from './queue-table.ts'

/** Takes a message out of its queue without a lease. */
export function take(ledger: Ledger, change: Take): void {
  const { registry, tokens, history, turn } = ledger
  const { queue, id } = change
  const table = registry.table(queue)
  const { ref, workflow } = table.entry
  settle(ledger)
  const found = peek(tokens, table, id)
  if (!found || (change.hop !== undefined && change.hop !== found.hop)) {
    const isKnown = change.hop !== undefined && tokens.find(workflow, id)
    throw isKnown ? movedOn(change) : notThere(change)
  }
  const { token, hop } = found
  if (change.unheld && found.status === 'leased' && found.until! > turn.elapsed) {
    throw isHeld(change)
  }
  table.answers.remove.get(token)
  turn.dirty = true
  const line = history.add({ at: turn.now, token, hop, queue: ref }, change.event, change)
  turn.departed.push({ id, workflow, token, hop, event: change.event, line, arrived: false })
}

/** Makes a dead message ready again. */
export function revive(ledger: Ledger, change: Revive): void {
  const { registry, tokens, history, turn } = ledger
  const { queue, id } = change
  const table = registry.table(queue)
  settle(ledger)
  const found = peek(tokens, table, id)
  if (!found) throw notThere(change)
  const { token, hop } = found
  if (found.status !== 'dead') {
    throw notDead(change, found.status)
  }
  table.answers.revive.run(token)
  turn.dirty = true
  turn.tell(table)
  history.add({ at: turn.now, token, hop, queue: table.entry.ref }, 'revived', change)
}

function peek(tokens: Ledger['tokens'], table: QueueTable, id: string): Peeked | undefined {
  const token = tokens.refOf(table, id)
  return token === undefined ? undefined : table.answers.peek.get(token)
}
