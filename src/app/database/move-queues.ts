import { realpathSync } from 'node:fs'
import type { Source, Target } from '../../move/house.ts'
import { cancelMove, type Moved, type MovingOptions, moveHouse } from '../../move/move-house.ts'
import { InvalidError } from '../../queue/errors.ts'
import { loadPostgresHouse, loadSqliteHouse } from './load-backend.ts'
import { placeOf, sayPlace } from './place.ts'

export type { Moved, MovingOptions, MovingProgress } from '../../move/move-house.ts'

/**
 * Moves all queues, with everything that belongs to them, from one database to an empty one: each a SQLite file or a
 * `postgres://` URL, as `openBackend` takes them. `from` takes no writes from the beginning, and never again once it resolves. It may be
 * ended at any point, and called again, and goes on. Rejects with an `InvalidError` if one of them is something else, or has what the
 * other cannot hold; with a `ConflictError` if `to` is not empty, or one of them is being moved otherwise; and with a `BackendError` if
 * a database fails, or a row has not come over as it was. What was begun stays until it is called again, or `cancelQueues` is.
 */
export async function moveQueues(from: string, to: string, options: MovingOptions = {}): Promise<Moved> {
  return withHouses(from, to, (source, target) => moveHouse(source, target, options))
}

/**
 * Gives up a move that was begun with these two databases, and opens `from` again; what has come to `to` is dropped. Rejects with a
 * `ConflictError` if `from` is not being moved there, or is closed for good. If `to` cannot be reached, `onWarning` is told: what is there
 * stays, and never opens.
 */
export async function cancelQueues(
  from: string,
  to: string,
  { onWarning = () => {} }: Pick<MovingOptions, 'onWarning'> = {},
): Promise<void> {
  return withHouses(from, to, async (source, target) => {
    const reached = await target.standing().catch((error: unknown) => {
      onWarning(
        `${target.where} could not be looked at, and what has come there stays as it is; it never opens. (${(error as Error).message})`,
      )
      return undefined
    })
    await cancelMove(source, reached && target)
  })
}

async function withHouses<T>(
  from: string,
  to: string,
  work: (source: Source, target: Target) => Promise<T>,
): Promise<T> {
  const [source, target] = [await houseAt(from), await houseAt(to)]
  try {
    if (source.where === target.where)
      throw new InvalidError(`The queues are in ${source.where} already; name another database.`)
    return await work(source, target)
  } finally {
    await source.end()
    await target.end()
  }
}

async function houseAt(text: string): Promise<Source & Target> {
  const place = placeOf(text)
  if (place.kind === 'sqlite') return (await loadSqliteHouse()).sqliteHouse(realPath(place.path))
  if (place.kind === 'postgres') {
    const named = { ...place, schema: place.schema ?? 'pipewright' }
    return (await loadPostgresHouse()).postgresHouse({
      ...{ url: place.url, schema: named.schema, where: sayPlace(named) },
    })
  }
  throw new InvalidError(
    `Queues are moved between SQLite files and Postgres; ${sayPlace(place)} is neither. Run it where the database is.`,
  )
}

// By a link the same file would have two names.
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
