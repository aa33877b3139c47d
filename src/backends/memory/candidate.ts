import type { Clock } from '../../queue/clock.ts'
import type { Candidate } from '../../queue/rules/filter.ts'
import { statusNow, type TokenRecord } from './memory-queue.ts'
import { contentOf, rowOf } from './show-record.ts'

/** What a filter looks at in the message of a record. */
export function candidateOf(record: TokenRecord, clock: Clock): Candidate {
  const { id, parent, deploy, enteredAt, arrivedAt, marks, stay, queue } = record
  const { attempts } = stay
  return {
    ...{ id, parent, deploy, enteredAt, arrivedAt, marks, attempts },
    status: statusNow(record, clock),
    suspect: stay.suspect && stay.status === 'ready' && queue?.paused !== true,
    owner: rowOf({ ...record, value: undefined }, clock).owner,
    value: () => contentOf(record),
  }
}
