import { slots } from '../tables/slots.ts'
import type { Chore } from './chore.ts'

const statuses = ['ready', 'leased', '"delayed"', 'dead', 'waiting']
const counted = [...statuses, 'entered', '"left"']
const batch = 1000
const goneMs = 3_600_000

const add = `on conflict (queue, slot) do update set ${counted.map((name) => `${name} = c.${name} + excluded.${name}`).join(', ')}`

/** Adds the rows of counts together that processes which are gone, and transactions of callers, have left. */
const fold: Chore = {
  name: 'pw_counts',
  restMs: 60_000,
  async step({ rows, moment: { now } }) {
    const [gone] = await rows<{ count: number }>(
      `with gone as (delete from pw_counts where (queue, slot) in (select queue, slot from pw_counts where slot < 0
           or (slot < ${slots} and slot not in (select instance % ${slots} from pw_turns where at > $1)) limit ${batch}
           for update skip locked) returning *),
         added as (insert into pw_counts as c (queue, slot, ${counted.join(', ')})
           select queue, ${slots}, ${counted.map((name) => `sum(${name})`).join(', ')} from gone group by queue ${add})
       select count(*) as count from gone`,
      now - goneMs,
    )
    return { isOver: gone!.count < batch }
  },
}

/**
 * Counts the messages of one queue after the other, and adds what is missing in the counts: what is missing at one moment is missing
 * later too, since all changes since are added to both. If the row of the upkeep has changed since that moment, nothing is done.
 */
const recount: Chore = {
  name: 'recount',
  restMs: 60_000,
  isOfOneMoment: true,
  async step({ rows }, { after }) {
    const [queue] = await rows<{ ref: number }>(
      'select ref from pw_queues where ref > $1 order by ref limit 1',
      after,
    )
    if (!queue) return { isOver: true }
    const [wrong] = await rows<Record<string, number>>(
      `select ${statuses.map((name) => `coalesce(f.${name}, 0) - coalesce(c.${name}, 0) as ${name}`).join(', ')} from
         (select ${statuses.map((name) => `sum(count) filter (where status = '${bare(name)}')::bigint as ${name}`).join(', ')} from (
           select status, count(*) from pw_tokens where queue = $1 and status <> 'leased' group by status union all
           select 'leased', count(*) from pw_tokens where queue = $1 and status = 'leased') s) f,
         (select ${statuses.map((name) => `sum(${name})::bigint as ${name}`).join(', ')} from pw_counts where queue = $1) c`,
      queue.ref,
    )
    const found = statuses.map((name) => wrong![bare(name)]!)
    if (found.some((each) => each !== 0)) {
      const more = found.reduce((sum, each) => sum + each, 0)
      await rows(
        `insert into pw_counts as c (queue, slot, ${counted.join(', ')})
           values ($1, ${slots}, ${counted.map((_, at) => `$${at + 2}`).join(', ')}) ${add}`,
        queue.ref,
        ...found,
        Math.max(0, more),
        Math.max(0, -more),
      )
    }
    return { isOver: false, after: queue.ref }
  },
}

function bare(name: string): string {
  return name.replaceAll('"', '')
}

/** The chores that keep counts few and right. */
export const counts: readonly Chore[] = [fold, recount]
