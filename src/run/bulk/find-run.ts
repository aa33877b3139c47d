import type { Backend } from '../../queue/backend.ts'
import { isPipewrightError, NotFoundError } from '../../queue/errors.ts'
import type { Page, Row } from '../../queue/rows.ts'
import { sayCause } from '../../queue/say-fault.ts'
import type { BulkRun } from './bulk.ts'
import type { BulkQueues } from './bulk-place.ts'
import { type RunState, stateOf } from './run-state.ts'

/** A run, and where it stands. */
export interface Standing {
  readonly row: Row
  readonly queue: string
  readonly state: RunState
}

/** The run `id`. Rejects with `NotFoundError` if there is none. */
export async function findRun(backend: Backend, queues: BulkQueues, id: string): Promise<Standing> {
  const journey = await backend.journey(queues.workflow, id, { limit: 1 })
  const { row, queue } = journey ?? {}
  if (!row || queue === undefined) throw new NotFoundError(`There is no bulk action "${id}".`, { id })
  return standing(row, queue)
}

/** The newest runs, a page of each queue. */
export async function findRuns(
  backend: Backend,
  { runs, stopped, done }: BulkQueues,
): Promise<readonly Standing[]> {
  const pages = await Promise.all(
    [runs, stopped, done].map(async (queue) =>
      (await pageOf(backend, queue)).map((row) => standing(row, queue)),
    ),
  )
  return pages.flat().sort((a, b) => b.state.startedAt - a.state.startedAt)
}

async function pageOf(backend: Backend, queue: string): Promise<readonly Row[]> {
  const page: Page = { order: 'newest', limit: 100 }
  try {
    return (await backend.list(queue, page)).rows
  } catch (error) {
    // No run was ever begun.
    if (isPipewrightError(error) && error.code === 'not_found') return []
    throw error
  }
}

function standing(row: Row, queue: string): Standing {
  return { row, queue, state: stateOf(row.value) }
}

/** A run as people see it. */
export function runOf({ row, queue, state }: Standing, { stopped, done }: BulkQueues): BulkRun {
  const { does, where, by, reason, rate, startedAt, total, exact, counts, refusals } = state
  const isWorkedOn = row.status === 'leased'
  return {
    id: row.id,
    state: queue === done ? 'done' : queue === stopped ? 'stopped' : isWorkedOn ? 'running' : 'waiting',
    ...(does.action === 'undo' ? { action: 'undo', of: does.of } : does),
    ...{ where, by, reason, startedAt },
    ...(rate !== null && { rate }),
    ...(total !== null && { total, exact }),
    ...counts,
    refusals,
    ...(row.error && queue !== done && { error: sayCause(row.error) }),
  }
}
