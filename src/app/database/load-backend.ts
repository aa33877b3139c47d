import { BackendError } from '../../queue/errors.ts'
import { fieldOf, isError } from '../../queue/thrown.mjs'

// Each is loaded only where such a database is opened: an app on one needs the package of no other.

/** `pipewright/sqlite`. It says itself, when it opens a file, what is to be installed. */
export const loadSqlite = () => import('../../backends/sqlite/index.ts')

/** `pipewright/memory`. */
export const loadMemory = () => import('../../backends/memory.ts')

/** `pipewright/http`. */
export const loadHttp = () => import('../../backends/http.ts')

/** `pipewright/postgres`. Rejects with a `BackendError` that says what to do if `pg` is not installed. */
export const loadPostgres = () => withPg(() => import('../../backends/postgres/index.ts'))

/** What plans migrations of a Postgres; rejects as `loadPostgres` does. */
export const loadPlans = () => withPg(() => import('../../backends/postgres/plan-postgres.ts'))

/** What moves queues out of, and into, SQLite files. */
export const loadSqliteHouse = () => import('../../backends/sqlite/house/sqlite-house.ts')

/** The same of a schema of a Postgres; rejects as `loadPostgres` does. */
export const loadPostgresHouse = () => withPg(() => import('../../backends/postgres/house/postgres-house.ts'))

async function withPg<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    if (!lacksPg(error)) throw error
    throw new BackendError(
      'A Postgres is reached by the package pg, which is not installed beside Pipewright: `npm install pg`.',
      { cause: error },
    )
  }
}

function lacksPg(error: unknown): boolean {
  return isError(error) && fieldOf(error, 'code') === 'ERR_MODULE_NOT_FOUND' && /'pg'/.test(error.message)
}
