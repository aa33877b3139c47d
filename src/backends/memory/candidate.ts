import type { Candidate } from '../../queue/rules/filter.ts'
import { statusNow, type TokenRecord } from './memory-queue.ts'
import type { Queues } from './queues.ts'
import { contentOf } from './show-record.ts'

/** What a filter looks at in the message of a record. */
export function candidateOf(record: TokenRecord, queues: Queues): Candidate {
  const { id, parent, deploy, enteredAt, arrivedAt, marks, words, stay, queue } = record
  const status = statusNow(record, queues.clock)
  return {
    id,
    status,
    suspect: stay.suspect && stay.status === 'ready' && queue !== undefined && !queues.isShut(queue),
    owner: status === 'leased' ? stay.held?.owner : undefined,
    parent,
    deploy,
    attempts: stay.attempts,
    enteredAt,
    arrivedAt,
    marks,
    words,
    value: () => contentOf(record),
  }
}
