import type { Clock } from '../../queue/clock.ts'
import { BackendError } from '../../queue/errors.ts'
import { openConnection } from './connection.ts'
import { Reader } from './reader.ts'
import { makeReads } from './reads.ts'
import { Registry } from './registry.ts'
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

  async function refuse(): Promise<never> {
    throw new BackendError(`The database ${path} is only looked at; nothing is written to it.`)
  }

  return {
    declare: refuse,
    lease: refuse,
    extend: refuse,
    commit: refuse,
    pause: refuse,
    ...makeReads({ reader, clock, spare, tableOf: (queue) => registry.table(queue) }),
    watch: () => () => {},
    metrics: () => ({ commitMs: { p50: 0, p99: 0 }, walBytes: 0 }),
    async close() {
      await reader.close()
      db.close()
    },
  }
}
