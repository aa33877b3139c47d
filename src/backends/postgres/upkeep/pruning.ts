import type { Session } from '../server/database.ts'
import type { Chore } from './chore.ts'
import { lockMs, type Part, partsOf } from './months.ts'

const dayMs = 86_400_000
const restMs = 3_600_000
const batch = 1000
/** So many rounds begin where the last one has ended; the next looks at all that was kept then. */
const roundsOn = 24

interface Pruned {
  readonly days: number
  /** Where the database is, for sentences. */
  readonly where: string
}

const isDue = `h.line > $1 and h.line <= $2 and h.at < $3
  and not exists (select from pw_tokens t where t.token = h.token and t.left_at is null)`

// With the last line of its stay: a long stay may have begun long before it ended.
const removeValues = (
  part: string,
) => `delete from pw_values v using (select distinct h.token, h.hop from ${part} h where ${isDue}
    and not exists (select from pw_history n where n.token = h.token and n.hop = h.hop and n.line > h.line)) d
  where v.token = d.token and v.hop = d.hop`

interface Look {
  readonly last: number | null
  readonly count: number
  readonly due: number
  readonly young: number
}

async function lookAt(
  { rows, moment }: Session,
  part: string,
  { after, before }: { readonly after: number; readonly before: number },
): Promise<Look> {
  const [found] = await rows<Look>(
    `select max(line) as last, count(*) as count, count(*) filter (where at < $2) as due,
         count(*) filter (where at between $2 and $3) as young
       from (select line, at from ${part} where line > $1 order by line limit ${batch}) h`,
    after,
    before,
    moment.now,
  )
  return found!
}

/** Deletes the values of stays that ended more than `days` days ago; their lines are kept. */
export function valuePruning({ days, where }: Pruned): Chore {
  return {
    name: 'values',
    restMs,
    async step(session, { after, note }, say) {
      const { deleted, rounds } = parse(note, { deleted: 0, rounds: 0 })
      const before = Math.floor(session.moment.now - days * dayMs)
      const { last, count, due, young } = await lookAt(session, 'pw_history', { after, before })
      const more = due > 0 ? await countOf(session, removeValues('pw_history'), [after, last, before]) : 0
      const all = deleted + more
      const isOver = count < batch || (due === 0 && young > 0)
      if (!isOver) return { isOver, after: last!, note: JSON.stringify({ deleted: all, rounds }) }
      if (all > 0)
        say(
          `Deleted the values of ${times(all, 'stay')} in the history of ${where}, older than ${days} days.`,
        )
      // What was young in this batch may be due in the next round.
      const isWhole = rounds + 1 >= roundsOn
      return {
        isOver,
        after: isWhole ? 0 : after,
        note: JSON.stringify({ deleted: 0, rounds: isWhole ? 0 : rounds + 1 }),
      }
    },
  }
}

/** Where a round is: in which part, what it has found there, and what all has come to. */
interface Round {
  readonly part: string
  /** Whether it looks first whether the whole part can go. */
  readonly isLooking: boolean
  readonly kept: number
  /** Lines of the part that can go with it. */
  readonly gone: number
  readonly deleted: number
}

/**
 * Deletes lines of the history that are older than `days` days, and the values of their stays, those of tokens that are still in a
 * queue excepted. A month of which nothing is to be kept goes as a whole, which costs next to nothing.
 */
export function linePruning({ days, where }: Pruned): Chore {
  return {
    name: 'history',
    restMs,
    async step(session, { after, note }, say) {
      const before = Math.floor(session.moment.now - days * dayMs)
      const parts = (await partsOf(session)).filter(({ span }) => !span || span.from < before)
      const round = parse<Round>(note, begin(parts[0]!, before, 0))
      const part = parts.find(({ name }) => name === round.part)
      const next = part
        ? await inPart(session, part, { round, after, before })
        : { ...round, isPartOver: true, after: 0 }
      if (!next.isPartOver) {
        const { isPartOver: _, after: place, ...going } = next
        return { isOver: false, after: place, note: JSON.stringify(going) }
      }
      const { deleted } = next
      const following = parts.find(({ name }) => name > round.part)
      if (following) return { isOver: false, note: JSON.stringify(begin(following, before, deleted)) }
      if (deleted > 0)
        say(`Deleted ${times(deleted, 'line')} of the history of ${where}, older than ${days} days.`)
      return { isOver: true }
    },
  }
}

function begin({ name, span }: Part, before: number, deleted: number): Round {
  return { part: name, isLooking: span !== undefined && span.to <= before, kept: 0, gone: 0, deleted }
}

interface Going extends Round {
  readonly isPartOver: boolean
  readonly after: number
}

async function inPart(
  session: Session,
  { name }: Part,
  { round, after, before }: { readonly round: Round; readonly after: number; readonly before: number },
): Promise<Going> {
  const { last, count, due, young } = await lookAt(session, name, { after, before })
  const span = [after, last, before]
  if (due > 0) await countOf(session, removeValues(name), span)
  const isEnd = count < batch
  if (!round.isLooking) {
    const deleted = due === 0 ? 0 : await countOf(session, `delete from ${name} h where ${isDue}`, span)
    const isPartOver = isEnd || (due === 0 && young > 0)
    return { ...round, deleted: round.deleted + deleted, isPartOver, after: last ?? 0 }
  }
  const gone = due === 0 ? 0 : await countOf(session, `select from ${name} h where ${isDue}`, span)
  const looked = { ...round, gone: round.gone + gone, kept: round.kept + count - gone }
  if (!isEnd) return { ...looked, isPartOver: false, after: last! }
  if (looked.kept > 0 || !(await drop(session, name)))
    return { ...looked, isLooking: false, kept: 0, gone: 0, isPartOver: false, after: 0 }
  return { ...looked, deleted: looked.deleted + looked.gone, isPartOver: true, after: 0 }
}

// A token may have come back since its lines were looked at.
async function drop({ rows, run }: Session, part: string): Promise<boolean> {
  const [found] = await rows<{ kept: boolean }>(
    `select exists (select from ${part} h join pw_tokens t on t.token = h.token where t.left_at is null) as kept`,
  )
  if (found!.kept) return false
  await run(`set local lock_timeout = ${lockMs}; drop table ${part}`)
  return true
}

async function countOf({ rows }: Session, sql: string, values: readonly unknown[]): Promise<number> {
  const counted = sql.startsWith('select')
    ? `select count(*) as count from (${sql}) d`
    : `with d as (${sql} returning 1) select count(*) as count from d`
  const [found] = await rows<{ count: number }>(counted, ...values)
  return found!.count
}

function parse<T>(note: string | null, otherwise: T): T {
  return note === null ? otherwise : (JSON.parse(note) as T)
}

function times(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`
}
