import { escapeControls } from '../../app/escape-controls.ts'
import { utc } from '../../queue/utc.ts'
import type { BulkCounts, BulkPlan, BulkRun, Refusal } from '../../run/bulk/bulk.ts'
import { sayDuration } from './duration.ts'
import { table } from './table.ts'

/** `run` with its time as text. */
export function runJson({ startedAt, ...run }: BulkRun) {
  return { ...run, startedAt: utc(startedAt) }
}

/** Bulk actions as a table. */
export function runsTable(runs: readonly BulkRun[]): string {
  if (runs.length === 0) return 'There is no bulk action.'
  return table([
    ['id', 'state', 'since', 'by', 'done', 'refused', 'held', 'moved on', 'of', 'where'],
    ...runs.map(({ id, state, startedAt, by, done, refused, held, passedOver, total, where }) => [
      ...[id, state, sayDuration(Date.now() - startedAt), by],
      ...[done, refused, held, passedOver, total ?? '', where],
    ]),
  ])
}

/** A bulk action in lines. */
export function runLines(run: BulkRun): string {
  const { id, state, by, reason, where, total, exact, error, refusals } = run
  return [
    `${id}: ${state}`,
    `  by ${by}: ${reason}`,
    `  where ${where || 'nothing else is asked'}`,
    `  ${sayCounts(run)}${total === undefined ? '' : ` of ${exact === false ? 'about ' : ''}${total}`}`,
    ...(error === undefined ? [] : [`  its last attempt failed: ${error}`]),
    ...refusalLines(refusals),
  ]
    .map(escapeControls)
    .join('\n')
}

/** A dry run in lines. */
export function planTable(plan: BulkPlan): string {
  const { total, exact, leads, refusals, samples } = plan
  return [
    `${exact ? '' : 'about '}${total} match: ${sayCounts({ ...plan, passedOver: 0 })}`,
    ...leads.map(({ queue, count }) => `  ${count} would be in ${queue}`),
    ...samples.map(({ id, queue }) => `  such as ${id} in ${queue}`),
    ...refusalLines(refusals),
  ]
    .map(escapeControls)
    .join('\n')
}

function refusalLines(refusals: readonly Refusal[]): readonly string[] {
  return refusals.map(({ id, queue, why }) => `  refused: ${id} in ${queue}: ${why}`)
}

function sayCounts({ done, refused, held, passedOver }: BulkCounts): string {
  const parts = [`${done} done`, `${refused} refused`, `${held} held by others`, `${passedOver} had moved on`]
  return parts.filter((part, i) => i === 0 || !part.startsWith('0 ')).join(', ')
}
