import type { Row } from '../../queue/rows.ts'
import { meant } from './batch.ts'
import type { BulkPlace } from './bulk-place.ts'
import type { RunState } from './run-state.ts'

/** The time before which a message must have arrived that a run means, whose own message is `row`: the end of the millisecond of its own. */
export function watermarkOf({ enteredAt }: Pick<Row, 'enteredAt'>): number {
  return enteredAt + 1
}

/** How many messages a run means. */
export async function totalOf(
  { backend }: Pick<BulkPlace, 'backend'>,
  { does, parts, filter, watermark, total }: RunState,
): Promise<{ readonly total: number; readonly exact: boolean }> {
  if (does.action === 'undo') return { total: total ?? 0, exact: true }
  const tallies = await Promise.all(
    parts.map(({ queue, status }) => backend.tally({ queue, only: meant(filter, { status, watermark }) })),
  )
  return {
    total: tallies.reduce((sum, each) => sum + (each.tallies[0]?.count ?? 0), 0),
    exact: tallies.every(({ exact }) => exact),
  }
}
