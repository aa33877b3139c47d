import { newerDeployName } from '../../queue/inbox.ts'
import type { Leased } from '../../queue/rows.ts'
import { type History, stayLines } from './stay-lines.ts'

/**
 * How often the message `row` was left to a newer version in this stay, as its history tells: leases that ended otherwise,
 * as when the newer one was stopped, say nothing about who will come. 0 if that cannot be read.
 */
export async function timesLeft(history: History, row: Leased): Promise<number> {
  const lines = await stayLines(history, row).catch(() => [])
  return lines.filter(({ error }) => error?.name === newerDeployName).length
}
