import type { Revive, Take } from '../../queue/change.ts'
import { ConflictError, NotFoundError } from '../../queue/errors.ts'
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
    if (!isKnown) throw notThere(queue, id)
    const sentence = `"${id}" is not in queue "${queue}" as hop ${change.hop} any more`
    throw new ConflictError(`${sentence}; it has moved on.`, { queue, id })
  }
  const { token, hop } = found
  if (change.unheld && found.status === 'leased' && found.until! > turn.elapsed) {
    throw new ConflictError(`"${id}" in queue "${queue}" is held by somebody else.`, { queue, id })
  }
  table.answers.remove.get(token)
  turn.dirty = true
  turn.departed.push({ id, workflow, token, hop, arrived: false })
  history.add({ at: turn.now, token, hop, queue: ref }, change.event, change)
}

/** Makes a dead message ready again. */
export function revive(ledger: Ledger, change: Revive): void {
  const { registry, tokens, history, turn } = ledger
  const { queue, id } = change
  const table = registry.table(queue)
  settle(ledger)
  const found = peek(tokens, table, id)
  if (!found) throw notThere(queue, id)
  const { token, hop } = found
  if (found.status !== 'dead') {
    throw new ConflictError(`"${id}" in queue "${queue}" is ${found.status}, not dead.`, { queue, id })
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

function notThere(queue: string, id: string): NotFoundError {
  return new NotFoundError(`There is no "${id}" in queue "${queue}".`, { queue, id })
}
