import type { Chore } from './chore.ts'

const restMs = 60_000
const batch = 1000

interface Swept {
  readonly table: string
  /** The number by which rows are gone through; several rows may have the same. */
  readonly number: string
  /** The columns that tell a row, and their types. */
  readonly key: Readonly<Record<string, string>>
  /** Whether `e`, whose token is `t`, is of what has ended. */
  readonly isOver: string
  readonly only?: string
}

const elsewhere = 't.queue is null or t.hop <> e.hop'

// A text is told by its hop too: its row goes on to the next stay.
const swept: readonly Swept[] = [
  {
    ...{ table: 'pw_marks', number: 'token', key: { token: 'bigint', hop: 'integer', mark: 'text' } },
    isOver: `${elsewhere} or t.queue <> e.queue`,
  },
  {
    ...{ table: 'pw_texts', number: 'token', key: { token: 'bigint', hop: 'integer' } },
    isOver: `${elsewhere} or t.queue <> e.queue`,
  },
  {
    ...{ table: 'pw_letters', number: 'seq', key: { seq: 'bigint' } },
    isOver: 't.queue is null or e.hop not in (0, t.hop)',
  },
  { table: 'pw_steps', number: 'step', key: { step: 'bigint' }, isOver: elsewhere },
  {
    ...{ table: 'pw_records', number: 'token', isOver: elsewhere, only: 'hop > 0' },
    key: { workflow: 'text', token: 'bigint', hop: 'integer', key: 'text' },
  },
]

/** The chores that drop what belongs to stays, or tokens, that have ended: it is seen no more. */
export const sweeps: readonly Chore[] = swept.map(sweepOf)

function sweepOf({ table, number, key, isOver, only = 'true' }: Swept): Chore {
  const columns = Object.keys(key)
  const look = `select e.${number} as number, ${columns.map((column) => `e.${column}`).join(', ')}, coalesce(${isOver}, true) as over
    from (select * from ${table} where ${number} > $1 and ${only} order by ${number} limit ${batch}) e
    left join pw_tokens t on t.token = e.token order by e.${number}`
  const given = Object.values(key).map((type, at) => `$${at + 1}::${type}[]`)
  const same = columns.map((column) => `x.${column} = n.${column}`).join(' and ')
  // What is in hand has its turn in the next round.
  const remove = `delete from ${table} where (${columns.join(', ')}) in (select ${columns.map((column) => `x.${column}`).join(', ')}
    from unnest(${given.join(', ')}) as n(${columns.join(', ')}) join ${table} x on ${same} for update of x skip locked)`
  return {
    name: table,
    restMs,
    async step({ rows }, { after }) {
      const found = await rows<{ number: number; over: boolean } & Record<string, unknown>>(look, after)
      const over = found.filter((each) => each.over)
      if (over.length > 0) await rows(remove, ...columns.map((column) => over.map((each) => each[column])))
      if (found.length < batch) return { isOver: true }
      // Of the last number there may be more than were looked at.
      return { isOver: false, after: Math.max(found.at(-1)!.number - 1, after + 1) }
    },
  }
}
