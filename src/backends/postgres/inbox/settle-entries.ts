import type { Receipt } from '../../../queue/backend.ts'
import type { Change } from '../../../queue/change.ts'
import { apply } from '../../../queue/rules/apply.ts'
import { entryRefusal, type Settling } from '../../../queue/rules/inbox-cells.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import { allInboxes, tableOf } from './inbox-rows.ts'

/** Whether some of `changes` may be about entries of inboxes. */
export function mayBeEntries(changes: readonly Change[], queues: QueueNames): boolean {
  return changes.some((change) => isSettling(change) && !queues.find(change.queue))
}

/**
 * Applies `changes`, of which those about entries of inboxes are done here: a revived entry waits again, a taken one is deleted. Rejects
 * as the contract says for a message that is not there, or is not dead.
 */
export async function applyWithEntries(open: OpenTransaction, changes: readonly Change[]): Promise<Receipt> {
  const inboxes = new Set((await allInboxes(open.session)).map(({ name }) => name))
  const about = changes.filter(
    (change): change is Settling =>
      isSettling(change) && inboxes.has(change.queue) && !open.queues.find(change.queue),
  )
  const states = new Map<string, string>()
  for (const { queue, id } of about) {
    const sql = `select state from ${tableOf(open.schema, queue)} where id = $1 for update`
    const [found] = await open.session.rows<{ state: string }>(sql, id)
    if (found) states.set(keyOf({ queue, id }), found.state)
  }
  let done: Settling[] = []
  const receipt = await open.run((draft) => {
    done = []
    return apply(draft, changes, (change) => {
      if (!about.includes(change as Settling)) return undefined
      const refusal = entryRefusal(change as Settling, states.get(keyOf(change as Settling)))
      if (refusal && !(change as Settling).skip) throw refusal
      if (!refusal) done.push(change as Settling)
      return refusal !== undefined
    })
  })
  for (const change of done) await settle(open, change)
  return receipt
}

function isSettling(change: Change): change is Settling {
  return change.kind === 'take' || change.kind === 'revive'
}

function keyOf({ queue, id }: { readonly queue: string; readonly id: string }): string {
  return JSON.stringify([queue, id])
}

async function settle(open: OpenTransaction, { kind, queue, id }: Settling): Promise<void> {
  const table = tableOf(open.schema, queue)
  if (kind === 'take') await open.rows(`delete from ${table} where id = $1`, id)
  else await open.rows(`update ${table} set state = 'waiting', why = null where id = $1`, id)
  // Those who take in are listeners, as those who wait at gates are.
  if (kind === 'revive') open.news.rung.add(queue)
}
