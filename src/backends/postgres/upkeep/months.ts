import type { Session } from '../server/database.ts'
import type { Chore } from './chore.ts'

/** A part of the history: of a month, or all that is of none. */
export interface Part {
  /** The name of its table. */
  readonly name: string
  /** From when and until when its lines are; undefined for those of no month. */
  readonly span: { readonly from: number; readonly to: number } | undefined
}

/** So many months there are beside this one. */
const ahead = 2
/** To make a month, all lines of none are looked through, and none can be written meanwhile. */
const mostBytes = 64 * 2 ** 20
/** For so long others wait at most until a month is made or dropped, in milliseconds: then it is tried again later. */
export const lockMs = 200

/** The parts of the history, the oldest first, that of no month at last. */
export async function partsOf({ rows }: Pick<Session, 'rows'>): Promise<readonly Part[]> {
  const found = await rows<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'pw_history'::regclass order by 1`,
  )
  return found.map(({ name }) => ({ name, span: spanOf(name) }))
}

function spanOf(name: string): Part['span'] {
  const [, year, month] = /^pw_history_(\d{4})_(\d\d)$/.exec(name) ?? []
  if (year === undefined) return undefined
  return {
    from: Date.UTC(Number(year), Number(month) - 1),
    to: Date.UTC(Number(year), Number(month)),
  }
}

/** Makes the parts of this month and of those that come. Lines that are of none stay where they are. */
export const months: Chore = {
  name: 'months',
  restMs: 3_600_000,
  async step(session) {
    const { run, moment } = session
    const there = new Set((await partsOf(session)).map(({ name }) => name))
    const now = new Date(moment.now)
    for (let n = 0; n <= ahead; n++) {
      const { name, from, to } = monthAt(now, n)
      if (there.has(name) || !(await canMake(session, { from, to }))) continue
      await run(`set local lock_timeout = ${lockMs};
        create table ${name} partition of pw_history for values from (${from}) to (${to})`)
    }
    return { isOver: true }
  },
}

const mostMonths = 240

/** The months from a time on, in milliseconds since 1970, to those that come; twenty years of them at most. */
export function monthsFrom(beginning: number | undefined, now = Date.now()): readonly MonthSpan[] {
  if (beginning === undefined) return []
  const [first, last] = [new Date(beginning), new Date(now)]
  const apart =
    (last.getUTCFullYear() - first.getUTCFullYear()) * 12 + last.getUTCMonth() - first.getUTCMonth()
  const all = []
  for (let n = -Math.min(apart, mostMonths); n <= ahead; n++) all.push(monthAt(last, n))
  return all
}

interface MonthSpan {
  readonly name: string
  readonly from: number
  readonly to: number
}

function monthAt(now: Date, n: number): MonthSpan {
  const from = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + n)
  const name = `pw_history_${new Date(from).toISOString().slice(0, 7).replace('-', '_')}`
  return { name, from, to: Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + n + 1) }
}

async function canMake({ rows }: Session, { from, to }: NonNullable<Part['span']>): Promise<boolean> {
  const [rest] = await rows<{ can: boolean }>(
    `select pg_relation_size('pw_history_rest') < ${mostBytes}
       and not exists (select from pw_history_rest where at >= $1 and at < $2) as can`,
    from,
    to,
  )
  return rest!.can
}
