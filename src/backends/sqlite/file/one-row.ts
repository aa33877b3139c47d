import { createTokens } from '../tables/schema.ts'
import { createQueueView, createViews } from '../tables/views.ts'
import type { Connection } from './connection.ts'

interface Queue {
  readonly ref: number
  readonly view: string
  readonly workflow: string
}

/** Schema 6: the message of a token moves from the table of its queue into the row of the token. */
export function oneRowAToken(db: Connection): void {
  for (const view of viewsOf(db)) db.exec(`drop view "${view}"`)
  db.exec(`
    alter table pw_queues rename column table_name to view;
    alter table pw_tokens rename to pw_tokens_5;
    ${createTokens}
    insert into pw_tokens (token, id, workflow, parent, entered_at, finished_at, left_at, outcome, hop, deploy, arrived_at)
      select ref, id, workflow, parent, entered_at, finished_at, left_at, outcome, last_hop, 1, entered_at from pw_tokens_5;`)
  const queues = db.prepare<[], Queue>('select ref, view, workflow from pw_queues order by ref').all()
  for (const queue of queues) moveRows(db, queue)
  db.exec('drop table pw_tokens_5')
  createViews(db)
}

const same = `hop, value, status, suspect, alone, priority, attempts, crashes, lease, deploy, owner, leased_at, until, lease_ms,
  deadline, due, frames, error, progress`

function moveRows(db: Connection, queue: Queue): void {
  const { ref, view } = queue
  db.exec(`
    update pw_tokens set (queue, arrived_at, ${same}) = (select ${ref}, m.entered_at, ${same
      .split(', ')
      .map((column) => `m.${column.trim()}`)
      .join(', ')} from ${view} m where m.token = pw_tokens.token)
      where token in (select token from ${view});
    drop table ${view};
    ${createQueueView(queue)}`)
}

function viewsOf(db: Connection): readonly string[] {
  return db.prepare<[], string>(`select name from sqlite_schema where type = 'view'`).pluck().all()
}
