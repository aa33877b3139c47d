import type { Connection } from '../file/connection.ts'
import { freeName } from './free-name.ts'
import { utcOf } from './schema.ts'

/*
 * Meters: what happened in a queue and went to one place (`target` 0: it stayed, or left for good) within a minute, or within
 * an hour if that was more than two days ago. The buckets of a spread are a JSON array.
 */
const createTable = `
  create table pw_meters (
    ms integer not null,
    at integer not null,
    queue integer not null,
    target integer not null,
    entered integer not null,
    moved integer not null,
    failed integer not null,
    age text not null,
    age_ms real not null,
    work text not null,
    work_ms real not null,
    primary key (ms, at, queue, target)
  ) strict, without rowid;`

const view = `create view meters as
select ${utcOf('m.at')} as time, m.at as time_ms, m.ms as span_ms, q.workflow, q.name as queue, z.name as to_queue,
  m.entered, m.moved, m.failed, m.age, m.age_ms, m.work, m.work_ms
from pw_meters m join pw_queues q on q.ref = m.queue left join pw_queues z on z.ref = m.target`

/** Makes the table of meters and its view, in the transaction that is open. */
export function createMeters(db: Connection): void {
  db.exec(createTable)
  freeName(db, 'meters')
  db.exec(view)
}
