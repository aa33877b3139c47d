import { compareMarks } from '../marks.ts'
import type { Tally, TallyRequest } from '../tally.ts'

/** The tallies of all parts together, each value once, the largest first; at least one, of 0, where nothing is told apart. */
export function foldTallies(
  parts: readonly Tally[],
  { by, limit = 100 }: Pick<TallyRequest, 'by' | 'limit'>,
): readonly Tally[] {
  const counts = new Map<Tally['value'], number>(by === undefined ? [[null, 0]] : [])
  for (const { value, count } of parts) counts.set(value, (counts.get(value) ?? 0) + count)
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || compareValues(a.value, b.value))
    .slice(0, limit)
}

function compareValues(a: Tally['value'], b: Tally['value']): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1
  return compareMarks(a, b)
}
