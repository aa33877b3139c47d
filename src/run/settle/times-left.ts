import { newerDeployName } from '../../queue/held.ts'
import type { Leased } from '../../queue/rows.ts'
import { type History, stayLines } from './stay-lines.ts'

/**
 * How often the message `row` was left to a newer version in this stay, by its history: leases that ended in another way,
 * as when the newer one was stopped, do not count. 0 if the history cannot be read.
 */
export async function timesLeft(history: History, row: Leased): Promise<number> {
  const lines = await stayLines(history, row).catch(() => [])
  return lines.filter(({ error }) => error?.name === newerDeployName).length
}
