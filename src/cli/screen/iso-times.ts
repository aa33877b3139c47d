import type { Journey } from '../../queue/journey.ts'
import type { QueuePulse } from '../../queue/pulse.ts'
import type { QueueCount } from '../../queue/queue-count.ts'
import type { Row } from '../../queue/rows.ts'
import { utc } from '../../queue/utc.ts'
import type { Around } from '../../run/look-around.ts'
import { overriddenJson } from './say-overridden.ts'
import { parkedJson } from './say-parked.ts'

/*
 * The answers of `--json`: times are ISO 8601 in UTC, as in the views of the database. Durations stay numbers, in
 * milliseconds (`...Ms`), and the values of tokens stay unchanged.
 */

/** `count` with its time as text. */
export function countJson<Count extends QueueCount & Pick<QueuePulse, 'overridden'>>({
  oldestAt,
  parked,
  overridden,
  ...count
}: Count) {
  return {
    ...count,
    ...(oldestAt !== undefined && { oldestAt: utc(oldestAt) }),
    ...(parked && { parked: parkedJson(parked) }),
    ...(overridden && {
      overridden: overridden.map((each) => ({ ...each, overridden: overriddenJson(each.overridden) })),
    }),
  }
}

/** `journey` with its times as text. */
export function journeyJson({ enteredAt, finishedAt, row, lines, ...journey }: Journey) {
  return {
    ...journey,
    enteredAt: utc(enteredAt),
    ...(finishedAt !== undefined && { finishedAt: utc(finishedAt) }),
    ...(row && { row: rowJson(row) }),
    lines: lines.map(({ at, ...line }) => ({ at: utc(at), ...line })),
  }
}

/** What is around a token, with its times as text. */
export function aroundJson({ family, recalled: { steps, letters, next } }: Around) {
  return {
    family,
    steps: steps.map(({ at, ...step }) => ({ ...step, ...(at !== undefined && { at: utc(at) }) })),
    letters: letters.map(({ at, ...letter }) => ({ ...letter, at: utc(at) })),
    ...(next !== undefined && { more: true }),
  }
}

/** `row` with its times as text. */
export function rowJson({ enteredAt, dueAt, parked, ...row }: Row) {
  return {
    ...row,
    enteredAt: utc(enteredAt),
    ...(dueAt !== undefined && { dueAt: utc(dueAt) }),
    ...(parked && { parked: parkedJson(parked) }),
  }
}
