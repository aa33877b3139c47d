import { hostname } from 'node:os'
import type { QueueSpec } from '../../../queue/declaration.ts'
import { viewName } from '../../../queue/view-name.ts'
import type { Connection } from '../file/connection.ts'
import { inboxOf } from '../inbox/inbox-rows.ts'
import { createInbox } from '../tables/inbox-table.ts'
import { jsonText } from '../tables/json-text.ts'
import { prepared } from '../tables/prepared.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { createQueueView } from '../tables/views.ts'

/** Gives a queue that was known before the role and tags of its spec. */
export function keepQueue(
  db: Connection,
  { name, role, tags, values = 'turns' }: QueueSpec,
  known: QueueEntry | undefined,
): void {
  const text = jsonText(tags)
  const isSame = known?.role === role && known.values === values && known.tags === text
  if (!known || (isSame && known.retired === 0)) return
  const sql =
    'update pw_queues set role = @role, keeps = @values, tags = @tags, retired = 0 where name = @name'
  prepared<object, never>(db, sql).run({ name, role, values, tags: text })
}

/** Makes new queues. */
export function insertQueues(
  db: Connection,
  specs: readonly QueueSpec[],
  { workflow, at }: { readonly workflow: string; readonly at: number },
): void {
  if (specs.length === 0) return
  // Once for all of them: it reads the whole schema.
  const taken = new Set(prepared<[], string>(db, 'select name from sqlite_schema').pluck().all())
  const madeBy = `${hostname()}:${process.pid}`
  const insert = prepared<unknown[], never>(
    db,
    'insert into pw_queues (name, view, workflow, role, keeps, tags, made_by, made_at) values (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  for (const { name, role, tags, values = 'turns' } of specs) {
    const view = viewName(name, (each) => taken.has(each))
    taken.add(view)
    insert.run(name, view, workflow, role, values, jsonText(tags), madeBy, at)
  }
}

/**
 * Makes the views of new queues, and those that were dropped by hand, and the inbox. All at once: after a change of the schema
 * SQLite prepares each statement anew.
 */
export function createLost(db: Connection, workflow: string): void {
  const lost = prepared<[string], Pick<QueueEntry, 'ref' | 'view' | 'workflow'>>(
    db,
    `select ref, view, workflow from pw_queues where workflow = ?
       and view not in (select name from sqlite_schema where type = 'view')`,
  ).all(workflow)
  if (lost.length > 0) db.exec(lost.map(createQueueView).join('\n'))
  if (!inboxOf(db, workflow)) createInbox(db, workflow)
}
