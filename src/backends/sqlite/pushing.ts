import type { Push } from '../../queue/change.ts'
import { textOf } from '../../queue/check-value.ts'
import { hasNoTaker, hasNotLeft, isKnown } from '../../queue/refusals.ts'
import { tagOf, takerOf } from '../../queue/succession.ts'
import { type Ledger, settle } from './ledger.ts'
import type { QueueTable } from './queue-table.ts'

/** Puts a message into a queue: of a token from outside, or of one that has left a queue in the same commit. */
export function push(ledger: Ledger, change: Push): void {
  const { tokens, history, turn } = ledger
  const table = takerOfPush(ledger, change)
  const stay = change.enter === undefined ? arrive(ledger, table, change) : enter(ledger, table, change)
  if (stay === undefined) return
  insert(ledger, table, change, stay)
  const { ref, role } = table.entry
  if (change.enter !== undefined) {
    const { actor, reason, token } = change
    const line = { at: turn.now, token: stay.token, hop: stay.hop, queue: ref }
    history.add(line, 'entered', { actor, reason, deploy: token.deploy })
  }
  if (role === 'output') tokens.finish(stay.token, stay.hop, turn.now)
}

// Where a declaration has split, merged or left out the queue meanwhile, the push goes where the declaration would have
// moved it.
function takerOfPush({ registry }: Ledger, { queue, value, token }: Push): QueueTable {
  const table = registry.table(queue)
  const { heirs, workflow } = table.entry
  if (heirs === null) return table
  const tag = tagOf(value)
  const taker = takerOf(table, tag, registry.succession)
  if (taker) return taker
  throw hasNoTaker({ queue, id: token.id }, { workflow, tag, isSplit: heirs !== '[]' })
}

interface Stay {
  readonly token: number
  readonly hop: number
}

// A token that has not left a queue in this commit is still in one: it must not be in a second.
function arrive({ turn }: Ledger, { entry }: QueueTable, { token, queue }: Push): Stay {
  for (const each of turn.departed) {
    if (each.id === token.id && each.workflow === entry.workflow && !each.arrived) {
      each.arrived = true
      each.line.target = entry.ref
      each.line.deploy ??= token.deploy
      return { token: each.token, hop: token.hop }
    }
  }
  throw hasNotLeft({ queue, id: token.id })
}

function enter(ledger: Ledger, { entry }: QueueTable, change: Push): Stay | undefined {
  const { tokens, turn } = ledger
  const { token, queue, enter, actor, reason } = change
  const { workflow } = entry
  const { id, parent } = token
  const known = tokens.find(workflow, id)
  if (!known) {
    const ref = tokens.enter({ id, workflow, parent, at: turn.now })!
    turn.dirty = true
    return { token: ref, hop: 1 }
  }
  if (enter === 'ignore') return undefined
  if (enter === 'refuse') throw isKnown({ queue, id }, { workflow, hasFinished: known.finished_at !== null })
  const hop = Math.max(known.last_hop, replace(ledger, workflow, { id, ref: known.ref, actor, reason })) + 1
  tokens.enterAgain(known.ref, parent, turn.now)
  turn.dirty = true
  return { token: known.ref, hop }
}

interface Replaced extends Pick<Push, 'actor' | 'reason'> {
  readonly id: string
  readonly ref: number
}

// Takes a token out of whatever queue it is in and returns the hop that it had there, or 0.
function replace(ledger: Ledger, workflow: string, { id, ref, actor, reason }: Replaced): number {
  const { registry, history, turn } = ledger
  let last = 0
  settle(ledger)
  for (const table of registry.all(workflow)) {
    const old = table.answers.remove.get(ref)
    if (!old) continue
    turn.dirty = true
    last = Math.max(last, old.hop)
    const line = { at: turn.now, token: ref, hop: old.hop, queue: table.entry.ref }
    history.add(line, 'replaced', { actor, reason })
  }
  for (const each of turn.departed) {
    if (each.id !== id || each.workflow !== workflow) continue
    each.arrived = true
    last = Math.max(last, each.hop)
  }
  return last
}

function insert({ arrivals, turn }: Ledger, table: QueueTable, change: Push, { token, hop }: Stay): void {
  const { delayMs = 0, token: pushed } = change
  const { id, priority, deploy } = pushed
  const value = textOf(change.value, { queue: change.queue, id }) ?? null
  const frames = pushed.frames.length === 0 ? null : JSON.stringify(pushed.frames)
  const parent = pushed.parent ?? null
  turn.dirty = true
  if (delayMs > 0) {
    const due = Math.ceil(turn.now + delayMs)
    arrivals.addDelayed(table, { token, id, hop, value, frames, parent, priority, deploy }, due)
    turn.nextDue = Math.min(turn.nextDue, due)
  } else {
    arrivals.add(table, { token, id, hop, value, frames, parent, priority, deploy })
    turn.expect(table)
  }
}
