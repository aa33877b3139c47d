import type { Family, FamilyPage } from '../../queue/family.ts'
import { statusNow } from './memory-queue.ts'
import type { Queues } from './queues.ts'

/** The children of a token, and a page of those that are dead. */
export function familyOf(
  { tokens, clock }: Queues,
  {
    workflow,
    id,
    page: { after = '0', limit = 100 },
  }: { readonly workflow: string; readonly id: string; readonly page: FamilyPage },
): Family {
  const children = { ready: 0, leased: 0, delayed: 0, dead: 0, waiting: 0, left: 0 }
  const all = tokens.childrenOf(workflow, id)
  for (const each of all) children[each.queue ? statusNow(each, clock) : 'left']++
  const dead = all.filter(
    ({ token, queue, stay }) => token > Number(after) && queue && stay.status === 'dead',
  )
  const page = dead.slice(0, limit)
  return {
    children,
    dead: page.map((each) => ({
      id: each.id,
      queue: each.queue!.name,
      error: each.stay.error,
      owes: each.reply !== undefined,
    })),
    next: dead.length > limit ? String(page.at(-1)!.token) : undefined,
  }
}
