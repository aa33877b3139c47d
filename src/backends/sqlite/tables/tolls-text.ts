import { parseText } from '../../../queue/parse-text.ts'
import type { Paid, Tolls } from '../../../queue/rules/paid.ts'

/*
 * The column `tolls` of a message: JSON of what it asks for at gates, by their names, and of what its lease has paid, by the
 * numbers of the gates: `{ "asks": { "disk": 3 }, "paid": { "4": 3 } }`. Null for most.
 */

interface Text {
  readonly asks?: Tolls
  readonly paid?: Readonly<Record<string, number>>
}

/** The units that a message asks for, where that is not 1. */
export function asksOf(tolls: string | null): Tolls | undefined {
  return tolls === null ? undefined : parseText<Text>(tolls)?.asks
}

/** What its lease has paid. */
export function paidOf(tolls: string | null): readonly Paid[] | undefined {
  const paid = tolls === null ? undefined : parseText<Text>(tolls)?.paid
  return paid && Object.entries(paid).map(([gate, units]) => ({ gate: Number(gate), units }))
}

/** The text of what a message asks for; null for nothing. */
export function asksText(asks: Tolls | undefined): string | null {
  return asks ? JSON.stringify({ asks }) : null
}

/** The text of what a lease has paid; null for nothing. */
export function paidText(paid: readonly Paid[] | undefined): string | null {
  if (!paid || paid.length === 0) return null
  return JSON.stringify(Object.fromEntries(paid.map(({ gate, units }) => [gate, units])))
}

/** The SQL for the column with another `paid`, whose SQL is given; what is no JSON in it was edited by hand. */
export function withPaid(paid: string): string {
  const others = `json_remove(iif(json_valid(tolls), tolls, '{}'), '$.paid')`
  const both = `nullif(json_patch(${others}, json_object('paid', json(paid))), '{}')`
  // Most rows have neither.
  return `(select iif(coalesce(tolls, paid) is null, null, ${both}) from (select ${paid} as paid))`
}
