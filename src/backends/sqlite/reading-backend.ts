import type { Clock } from '../../queue/clock.ts'
import { BackendError } from '../../queue/errors.ts'
import type { Moment } from '../../queue/lapse.ts'
import { openConnection } from './connection.ts'
import { deploysOf } from './deploys.ts'
import { readJourney } from './journey.ts'
import { Reader } from './reader.ts'
import { countQueue, countQueues, getRow, listRows } from './reading.ts'
import { Registry } from './registry.ts'
import { rowOf } from './row.ts'
import { Spare } from './spare.ts'
import type { SqliteBackend } from './sqlite-backend.ts'

/** The backend over the migrated database at `path` that writes nothing to it: what would is refused. */
export function makeReadingBackend(
  path: string,
  { clock, warn }: { readonly clock: Clock; readonly warn: (message: string) => void },
): SqliteBackend {
  const db = openConnection(path, true)
  const registry = new Registry(db)
  const reader = new Reader(path)
  const spare = new Spare(path, warn)

  function moment(): Moment {
    return { now: Math.floor(clock.now()), elapsed: Math.floor(clock.elapsed()) }
  }

  async function refuse(): Promise<never> {
    throw new BackendError(`The database ${path} is only looked at; nothing is written to it.`)
  }

  return {
    declare: refuse,
    lease: refuse,
    extend: refuse,
    commit: refuse,
    pause: refuse,
    deploys: (workflow) => reader.readOnce((db) => deploysOf(db, workflow)),
    get: (queue, id) =>
      reader.readOnce((db) => {
        const cells = getRow(db, registry.table(queue).entry, id)
        return cells && rowOf(cells, moment())
      }),
    list: (queue, page = {}) =>
      reader.readOnce((db) => listRows(db, registry.table(queue).entry, { page, moment: moment() })),
    count: (queue) =>
      reader.read((db) =>
        queue === undefined
          ? countQueues(db, moment(), spare)
          : countQueue(db, moment(), registry.table(queue).entry.ref),
      ),
    journey: (workflow, id, limit = 1000) =>
      reader.read((db) => readJourney(db, { workflow, id, limit, moment: moment() })),
    watch: () => () => {},
    query: (sql, maxRows = 1000) => reader.query(sql, maxRows),
    metrics: () => ({ commitMs: { p50: 0, p99: 0 }, walBytes: 0 }),
    async close() {
      await reader.close()
      db.close()
    },
  }
}
