import type { Clock } from '../../queue/clock.ts'
import type { Candidate } from '../../queue/rules/filter.ts'
import { statusNow, type TokenRecord } from './memory-queue.ts'
import { contentOf } from './show-record.ts'

/** What a filter looks at in the message of a record. */
export function candidateOf(record: TokenRecord, clock: Clock): Candidate {
  const { id, parent, deploy, enteredAt, arrivedAt, marks, stay, queue } = record
  const status = statusNow(record, clock)
  return {
    id,
    status,
    suspect: stay.suspect && stay.status === 'ready' && queue?.paused !== true,
    owner: status === 'leased' ? stay.held?.owner : undefined,
    parent,
    deploy,
    attempts: stay.attempts,
    enteredAt,
    arrivedAt,
    marks,
    value: () => contentOf(record),
  }
}
