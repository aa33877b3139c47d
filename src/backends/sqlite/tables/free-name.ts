import { BackendError } from '../../../queue/errors.ts'
import { viewName } from '../../../queue/view-name.ts'
import type { Connection } from '../file/connection.ts'
import { createQueueView } from './views.ts'

/** Gives a queue whose view has `name` another one. Throws a `BackendError` if a user has made something of that name. */
export function freeName(db: Connection, name: string): void {
  const isTaken = db.prepare<[string]>('select 1 from sqlite_schema where name = ? collate nocase')
  if (isTaken.get(name) === undefined) return
  const queue = db
    .prepare<[string], { ref: number; name: string; workflow: string }>(
      'select ref, name, workflow from pw_queues where view = ?',
    )
    .get(name)
  if (!queue)
    throw new BackendError(
      `The database ${db.name} cannot be migrated: it has something called "${name}", which is the name of a view of this version; rename it first. Nothing was changed.`,
    )
  const view = viewName(queue.name, (each) => isTaken.get(each) !== undefined)
  db.exec(`drop view ${name}`)
  db.exec(createQueueView({ ...queue, view }))
  db.prepare('update pw_queues set view = ? where ref = ?').run(view, queue.ref)
}
