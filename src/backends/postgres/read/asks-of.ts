import { parseText } from '../../../queue/parse-text.ts'
import type { Tolls } from '../../../queue/rules/paid.ts'

/** The units that a message asks for at gates, where that is not 1, as the cell `tolls` of its row says. */
export function asksOf(tolls: string | null): Tolls | undefined {
  return parseText<{ readonly asks?: Tolls }>(tolls)?.asks
}
