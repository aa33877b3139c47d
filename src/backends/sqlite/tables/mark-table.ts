import type { Fault } from '../../../queue/change.ts'
import { parseText } from '../../../queue/parse-text.ts'
import { printOf } from '../../../queue/print.ts'
import type { Connection } from '../file/connection.ts'
import { addEvents } from '../file/history-events.ts'
import { freeName } from './free-name.ts'
import { inLineOf } from './schema.ts'

/*
 * Marks, in the order in which they are searched. `hop` is the stay that one is of: when its token goes on, the mark stays in the
 * table and is seen no more, until the keeper finds it, or the token gets marks again; so a hop has nothing to do here. Every
 * statement that reads marks compares queue and hop with those of the token.
 */
const createTable = `
  create table pw_marks (
    queue integer not null,
    mark text not null,
    value any not null,
    token integer not null,
    hop integer not null,
    primary key (queue, mark, value, token)
  ) strict, without rowid;
  create index pw_marks_token on pw_marks (token, hop);`

const view = `create view marks as
select q.name as queue, t.workflow, t.id, m.mark, m.value
from pw_marks m join pw_tokens t on t.token = m.token and t.queue = m.queue and t.hop = m.hop
join pw_queues q on q.ref = m.queue`

/** Makes the table of marks and its view, in the transaction that is open, and marks what has failed before. */
export function createMarks(db: Connection): void {
  db.exec(createTable)
  freeName(db, 'marks')
  db.exec(view)
  db.exec(addEvents)
  markFaults(db)
}

interface Failed {
  readonly token: number
  readonly id: string
  readonly queue: number
  readonly hop: number
  readonly error: string
}

// Only those that wait for a person or for another try: to look at all that is ready would take minutes in a large file.
function markFaults(db: Connection): void {
  const failed = db.prepare<[number, string, number], Failed>(
    `select token, id, queue, hop, error from pw_tokens
       where ${inLineOf('?')} and status = ? and error is not null and token > ? order by token limit 1000`,
  )
  const insert = db.prepare(
    `insert into pw_marks (queue, mark, value, token, hop) values (?, 'print', ?, ?, ?)`,
  )
  for (const queue of db.prepare<[], number>('select ref from pw_queues').pluck().all())
    for (const status of ['dead', 'delayed'])
      for (let page = failed.all(queue, status, 0); page.length > 0; ) {
        for (const { token, id, hop, error } of page) {
          const fault = parseText<Fault>(error)
          if (typeof fault?.message === 'string') insert.run(queue, printOf(fault, id), token, hop)
        }
        page = failed.all(queue, status, page.at(-1)!.token)
      }
}
