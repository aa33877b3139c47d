import type { Clock } from '../../queue/clock.ts'
import { matches } from '../../queue/rules/filter.ts'
import { foldTallies } from '../../queue/rules/tally.ts'
import type { Tallies, Tally, TallyRequest } from '../../queue/tally.ts'
import { candidateOf } from './candidate.ts'
import { type MemoryQueue, statusNow, type TokenRecord } from './memory-queue.ts'
import type { Queues } from './queues.ts'
import { tagOf } from './show-record.ts'

/** The tallies of the messages of `queues`. */
export function tallied(
  queues: readonly MemoryQueue[],
  { only = {}, by, limit = 100 }: TallyRequest,
  from: Queues,
): Tallies {
  const found: Tally[] = []
  for (const queue of queues)
    for (const record of queue.records.values())
      if (matches(only, candidateOf(record, from)))
        for (const value of valuesOf(record, by, from.clock)) found.push({ value, count: 1 })
  return { tallies: foldTallies(found, { by, limit }), exact: true }
}

function valuesOf(
  record: TokenRecord,
  by: TallyRequest['by'],
  clock: Clock,
): readonly (string | number | null)[] {
  if (by === undefined) return [null]
  if (by === 'queue') return [record.queue!.name]
  if (by === 'status') return [statusNow(record, clock)]
  if (by === 'tag') return [tagOf(record) ?? null]
  if (by === 'mark') return [...record.marks.keys()]
  const value = record.marks.get(by.slice('mark:'.length))
  return value === undefined ? [] : [value]
}
