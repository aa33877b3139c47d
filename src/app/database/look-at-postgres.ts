import type { Look } from '../../backends/sqlite/look/look.ts'
import type { Backend } from '../../queue/backend.ts'
import { BackendError } from '../../queue/errors.ts'
import { loadPlans } from './load-backend.ts'
import { type PostgresPlace, sayPlace } from './place.ts'
import { makeStandIn } from './stand-in.ts'

/**
 * Opens a Postgres by `open`, as a command wants it opened: a schema is made, or migrated, only if that says so. Rejects with a
 * `BackendError` for one that would have to be.
 */
export async function lookAtPostgres(
  place: PostgresPlace,
  look: Look,
  open: () => Promise<Backend>,
): Promise<Backend> {
  const { planPostgres } = await loadPlans()
  const { from, to, statements } = await planPostgres(place.url, place.schema)
  const named: PostgresPlace = { ...place, schema: place.schema ?? 'pipewright' }
  const where = sayPlace(named)
  if (look.planned) {
    look.planned.push({ where, from, to, statements })
    return makeStandIn()
  }
  if (from === 0 && !look.mayMake) {
    look.absent?.push(where)
    return makeStandIn()
  }
  if (from > 0 && from < to && !look.migration)
    throw new BackendError(
      `The database ${where} has the version ${from} of an older package (this one has ${to}); end all processes that use it, and run \`pipewright migrate\`, or start the app. Nothing was changed.`,
    )
  const backend = await open()
  if (from > 0 && from < to)
    look.migrated?.push(`The database ${where} was migrated from version ${from} to ${to}.`)
  return backend
}
