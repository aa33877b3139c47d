import { newerDeployName } from '../queue/inbox.ts'
import type { Leased } from '../queue/rows.ts'
import type { Runtime } from './runtime.ts'

// More than it takes until the wait is as long as it gets.
const lines = 50

/**
 * How often the message `row` was left to a newer version in this stay, as its history tells: leases that ended otherwise,
 * as when the newer one was stopped, say nothing about who will come. 0 if that cannot be read.
 */
export async function timesLeft(
  { backend, workflow }: Pick<Runtime, 'backend' | 'workflow'>,
  { id, hop }: Leased,
): Promise<number> {
  const journey = await backend.journey(workflow, id, lines).catch(() => undefined)
  return journey?.lines.filter((line) => line.hop === hop && line.error?.name === newerDeployName).length ?? 0
}
