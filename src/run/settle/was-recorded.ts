import type { Change } from '../../queue/change.ts'
import type { HistoryEvent } from '../../queue/journey.ts'
import { type History, stayLines } from './stay-lines.ts'

/**
 * Whether the history has the line of `changes`, which end a stay or an attempt and were sent without an answer. False if
 * the history cannot be read.
 */
export async function wasRecorded(history: History, [leave]: readonly Change[]): Promise<boolean> {
  const event = leave && eventOf(leave)
  if (!leave || !('lease' in leave) || event === undefined) return false
  const { attempt, owner } = leave as { readonly attempt?: number; readonly owner?: string }
  const lines = await stayLines(history, leave).catch(() => [])
  return lines.some((line) => line.event === event && line.owner === owner && line.attempt === attempt)
}

function eventOf(change: Change): HistoryEvent | undefined {
  if (change.kind === 'pop') return change.event
  if (change.kind === 'bury') return 'buried'
  if (change.kind === 'postpone') return change.charge ? 'postponed' : 'released'
  return undefined
}
