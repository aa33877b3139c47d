import type { QueueSpec } from '../../../queue/declaration.ts'
import { viewName } from '../../../queue/view-name.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import { allInboxes } from '../inbox/inbox-rows.ts'
import { createInbox, createInboxCounts } from '../tables/inbox-tables.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { createQueueView } from '../tables/views.ts'

/** Gives a queue that was known before the role and tags of its spec. */
export async function keepQueue(
  open: OpenTransaction,
  { name, role, tags, values = 'turns' }: QueueSpec,
  known: QueueEntry | undefined,
): Promise<void> {
  if (!known) return
  await open.rows(
    'update pw_queues set role = $2, keeps = $3, tags = $4, retired = false where ref = $1',
    known.ref,
    role,
    values,
    tags === undefined ? null : JSON.stringify(tags),
  )
  if (known.name !== name) await open.rows('update pw_queues set name = $2 where ref = $1', known.ref, name)
}

async function takenNames(open: OpenTransaction): Promise<Set<string>> {
  const relations = await open.rows<{ name: string }>(
    'select relname as name from pg_class where relnamespace = $1::regnamespace union select view from pw_queues',
    open.schema,
  )
  return new Set(relations.map(({ name }) => name))
}

/** Makes new queues. */
export async function insertQueues(
  open: OpenTransaction,
  specs: readonly QueueSpec[],
  workflow: string,
): Promise<void> {
  if (specs.length === 0) return
  const taken = await takenNames(open)
  for (const { name, role, tags, values = 'turns' } of specs) {
    const view = viewName(name, (each) => taken.has(each))
    taken.add(view)
    await open.rows(
      'insert into pw_queues (name, view, workflow, role, keeps, tags, made_at) values ($1, $2, $3, $4, $5, $6, $7)',
      name,
      view,
      workflow,
      role,
      values,
      tags === undefined ? null : JSON.stringify(tags),
      open.moment.now,
    )
  }
}

/** Makes the views of new queues, and those that were dropped by hand, and the inbox. Resolves with its name. */
export async function createLost(open: OpenTransaction, workflow: string): Promise<string> {
  const lost = await open.rows<Pick<QueueEntry, 'ref' | 'view' | 'workflow'>>(
    `select ref, view, workflow from pw_queues where workflow = $1 and not exists
       (select from pg_class where relnamespace = $2::regnamespace and relname = view)`,
    workflow,
    open.schema,
  )
  for (const queue of lost) await open.session.run(createQueueView(open.schema, queue))
  const inboxes = await allInboxes(open)
  const own = inboxes.find((each) => each.workflow === workflow)
  if (own) return own.name
  const taken = await takenNames(open)
  const name = viewName(`${workflow}/inbox`, (each) => taken.has(each))
  await open.session.run(createInbox(open.schema, name))
  await open.rows('insert into pw_inboxes (workflow, name) values ($1, $2)', workflow, name)
  await open.session.run(
    createInboxCounts(
      open.schema,
      [...inboxes, { name }].map((each) => each.name),
    ),
  )
  return name
}
