import { utc } from '../../queue/utc.ts'
import type { KindOfDay, PastDay } from './past.ts'
import type { FailureKind } from './summary.ts'

const mostShown = 50

/** The failures of `days`, the most frequent first, and how many are not told apart. */
export function failuresOf(days: Iterable<PastDay>): {
  readonly failures: readonly FailureKind[]
  readonly otherFailures: number
} {
  const sums = new Map<string, KindOfDay>()
  let others = 0
  for (const day of days) {
    others += day.others
    for (const [key, kind] of day.kinds) {
      const sum = sums.get(key)
      sums.set(key, sum ? sumOf(sum, kind) : kind)
    }
  }
  const all = [...sums.values()].sort((a, b) => b.times - a.times || b.lastLine - a.lastLine)
  const rest = all.slice(mostShown).reduce((sum, { times }) => sum + times, others)
  return { failures: all.slice(0, mostShown).map(shown), otherFailures: rest }
}

function sumOf(one: KindOfDay, other: KindOfDay): KindOfDay {
  const newest = other.lastLine > one.lastLine ? other : one
  return { ...newest, times: one.times + other.times, gaveUp: one.gaveUp + other.gaveUp }
}

function shown({
  queue,
  fault,
  class: print,
  times,
  gaveUp,
  lastAt,
  example,
  exampleId,
}: KindOfDay): FailureKind {
  const { kind, name, code } = fault
  return {
    ...{ queue, kind, name, ...(code !== undefined && { code }), class: print, times, gaveUp },
    ...{ last: utc(lastAt), example, ...(exampleId !== undefined && { exampleId }) },
  }
}
