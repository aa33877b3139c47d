import { renameGates as renameAll } from '../../../queue/rules/declared-gates.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'

/** Gives the gates of a queue, its own and those of its keys, its new name. */
export async function renameGates(open: OpenTransaction, from: string, to: string): Promise<void> {
  const pairs: [from: string, to: string][] = []
  renameAll({ rename: (...pair) => pairs.push(pair) }, from, to)
  for (const pair of pairs)
    await open.rows(
      `update pw_gates g set name = $2 where name = $1 and not exists (select from pw_gates o where o.name = $2 and o.key = g.key)`,
      ...pair,
    )
}
