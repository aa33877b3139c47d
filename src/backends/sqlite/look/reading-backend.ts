import type { Clock } from '../../../queue/clock.ts'
import { BackendError } from '../../../queue/errors.ts'
import { openConnection } from '../file/connection.ts'
import { Reader } from '../read/reader.ts'
import { makeReads } from '../read/reads.ts'
import type { SqliteBackend } from '../sqlite-backend.ts'
import { Registry } from '../tables/registry.ts'

/** The backend over the migrated database at `path` that only reads it: requests that would write are refused. */
export function makeReadingBackend(path: string, { clock }: { readonly clock: Clock }): SqliteBackend {
  const db = openConnection(path, true)
  const registry = new Registry(db)
  const reader = new Reader(path)

  async function refuse(): Promise<never> {
    throw new BackendError(`The database ${path} is only looked at; nothing is written to it.`)
  }

  return {
    path,
    declare: refuse,
    lease: refuse,
    extend: refuse,
    commit: refuse,
    pass: refuse,
    ...makeReads({ reader, clock, queueOf: (name) => registry.queue(name), gathered: () => [] }),
    watch: () => () => {},
    metrics: () => ({ commitMs: { p50: 0, p99: 0 }, walBytes: 0 }),
    async close() {
      await reader.close()
      db.close()
    },
  }
}
