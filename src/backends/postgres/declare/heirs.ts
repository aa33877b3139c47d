import { haveNoHeir } from '../../../queue/refusals.ts'
import { postponed } from '../../../queue/rules/stay.ts'
import { endLease } from '../../../queue/rules/tolls.ts'
import { type Succession, takerOf } from '../../../queue/succession.ts'
import { Needs } from '../commit/needs.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'

interface Move {
  readonly queue: QueueEntry
  readonly workflow: string
  /** Which queue takes over what, by name. */
  readonly after: Succession<string>
}

/** So many messages are moved at a time. */
const batch = 1000

/**
 * Moves messages unchanged to the queues that take them over. Leased ones are given back first, uncharged: their workers
 * are of the version before, and can no longer answer them. Throws a `ConflictError` if no queue takes one of them over.
 */
export async function moveMessages(open: OpenTransaction, { queue, workflow, after }: Move): Promise<void> {
  const tags = await open.rows<{ tag: string | null; count: number }>(
    'select pw_tag(value) as tag, count(*) as count from pw_tokens where queue = $1 group by 1 order by min(token)',
    queue.ref,
  )
  const takers = tags.map(({ tag, count }) => ({
    ...{ tag, count },
    to: takerOf(queue.name, tag ?? undefined, after),
  }))
  const strays = takers.filter(({ to }) => to === undefined)
  if (strays.length > 0) {
    const hasHeirs = after.heirs(queue.name)?.length !== 0
    throw haveNoHeir(queue.name, {
      workflow,
      count: strays.reduce((sum, { count }) => sum + count, 0),
      tags: hasHeirs ? strays.slice(0, 5).map(({ tag }) => tag ?? undefined) : undefined,
    })
  }
  for (const taker of new Set(takers.map(({ to }) => to!))) {
    if (taker === queue.name) continue
    const taken = takers.filter(({ to }) => to === taker).map(({ tag }) => tag)
    await moveTo(open, { queue, to: open.queues.named(taker)!, tags: taken })
  }
}

async function moveTo(
  open: OpenTransaction,
  {
    queue,
    to,
    tags,
  }: { readonly queue: QueueEntry; readonly to: QueueEntry; readonly tags: readonly (string | null)[] },
): Promise<void> {
  for (let after = 0; ; ) {
    const page = await open.rows<{ token: number }>(
      `select token from pw_tokens where queue = $1 and token > $2 and (pw_tag(value) = any($3::text[]) or ($4 and pw_tag(value) is null))
         order by token limit ${batch}`,
      queue.ref,
      after,
      tags.filter((tag) => tag !== null),
      tags.includes(null),
    )
    if (page.length === 0) return
    const tokens = page.map(({ token }) => token)
    after = tokens.at(-1)!
    const needs = new Needs()
    for (const token of tokens) needs.add('token', { token })
    await open.expect(needs)
    for (const token of tokens) {
      await open.run((draft) => {
        const { id, hop, stay } = draft.of(token)
        if (stay.held) {
          endLease(draft, stay, 'quiet')
          draft.line({ token, hop }, queue, 'released', {})
          const rest = { due: undefined, wait: undefined }
          draft.save(token, postponed(stay, { rest, charge: false }))
        }
        draft.moveTo(token, to)
        return id
      })
      open.keep()
    }
    for (const table of ['pw_marks', 'pw_texts'])
      await open.rows(
        `update ${table} set queue = $2 where queue = $1 and token = any($3::bigint[])`,
        queue.ref,
        to.ref,
        tokens,
      )
  }
}
