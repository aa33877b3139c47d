import { shorten } from '../../queue/hide-passwords.ts'
import { holderOf } from '../../queue/person.ts'
import type { Row } from '../../queue/rows.ts'
import { sayDuration } from './duration.ts'
import { table } from './table.ts'

const heading = ['id', 'queue', 'status', 'since', 'held by', 'marks']
const maxMark = 60

/** Messages as a table. */
export function rowsTable(
  rows: readonly Row[],
  { workflow, now }: { readonly workflow: string; readonly now: number },
): string {
  if (rows.length === 0) return 'Nothing matches.'
  return table([
    heading,
    ...rows.map(({ id, queue = '', status, enteredAt, owner, marks = {} }) => [
      id,
      queue.startsWith(`${workflow}/`) ? queue.slice(workflow.length + 1) : queue,
      status,
      sayDuration(now - enteredAt),
      owner === undefined ? '' : holderOf(owner),
      Object.entries(marks)
        .map(([name, value]) => `${name}=${shorten(String(value), maxMark)}`)
        .join(' '),
    ]),
  ])
}
