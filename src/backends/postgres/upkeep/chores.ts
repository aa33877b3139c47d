import type { Chore } from './chore.ts'
import { counts } from './counts.ts'
import { ended } from './ended.ts'
import { months } from './months.ts'
import { linePruning, valuePruning } from './pruning.ts'
import { sweeps } from './sweeps.ts'

/** What the chores of a process depend on. */
interface Keeping {
  readonly historyDays: number | undefined
  readonly valuesDays: number | undefined
  /** Where the database is, for sentences. */
  readonly where: string
}

/** All that the upkeep of a process does. */
export function choresOf({ historyDays, valuesDays, where }: Keeping): readonly Chore[] {
  return [
    months(where),
    ...counts,
    ...sweeps,
    ...ended,
    ...(valuesDays === undefined ? [] : [valuePruning({ days: valuesDays, where })]),
    ...(historyDays === undefined ? [] : [linePruning({ days: historyDays, where })]),
  ]
}
