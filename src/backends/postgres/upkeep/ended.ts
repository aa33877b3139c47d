import { hourMs, metersForMs, minuteMs, minutesForMs } from '../../../queue/rules/metering.ts'
import type { Chore } from './chore.ts'

const batch = 1000
const dayMs = 24 * hourMs

/** A record is seen no more when its time is over; some transaction may still have an earlier time. */
const recordsForMs = 2 * hourMs

/** Drops records that have ended. */
const records = dropping('pw_records until', {
  table: 'pw_records',
  key: 'workflow, token, hop, key',
  where: 'until <= $1',
  forMs: recordsForMs,
})

/** Drops the last turns of processes that have done nothing for a day. */
const turns = dropping('pw_turns', {
  table: 'pw_turns',
  key: 'instance',
  where: 'at <= $1',
  forMs: dayMs,
})

const oldMeters = dropping('pw_meters', {
  table: 'pw_meters',
  key: 'ms, at, queue, target',
  where: `ms = ${hourMs} and at <= $1`,
  forMs: metersForMs,
})

interface Dropped {
  readonly table: string
  readonly key: string
  readonly where: string
  readonly forMs: number
}

function dropping(name: string, { table, key, where, forMs }: Dropped): Chore {
  const sql = `with gone as (delete from ${table} where (${key}) in (select ${key} from ${table} where ${where} limit ${batch}
    for update skip locked) returning 1) select count(*) as count from gone`
  return {
    name,
    restMs: 60_000,
    async step({ rows, moment: { now } }) {
      const [gone] = await rows<{ count: number }>(sql, now - forMs)
      return { isOver: gone!.count < batch }
    },
  }
}

const sums = ['entered', 'moved', 'failed', 'age_ms', 'work_ms']

/** Adds meters that are older than two days to those of their hours. */
const hours: Chore = {
  name: 'pw_meters hours',
  restMs: 600_000,
  async step({ rows, moment: { now } }) {
    const [old] = await rows<{ count: number }>(
      `with gone as (delete from pw_meters where (ms, at, queue, target) in (select ms, at, queue, target from pw_meters
           where ms = ${minuteMs} and at < $1 order by at limit ${batch} for update skip locked) returning *),
         added as (insert into pw_meters as m (ms, at, queue, target, age, work, ${sums.join(', ')})
           select ${hourMs}, at - at % ${hourMs}, queue, target, pw_sum(age), pw_sum(work), ${sums.map((each) => `sum(${each})`).join(', ')}
             from gone group by 2, 3, 4
           on conflict (ms, at, queue, target) do update set age = pw_add(m.age, excluded.age), work = pw_add(m.work, excluded.work),
             ${sums.map((each) => `${each} = m.${each} + excluded.${each}`).join(', ')})
       select count(*) as count from gone`,
      now - minutesForMs,
    )
    return { isOver: old!.count < batch }
  },
}

/** The chores that drop what time has ended. */
export const ended: readonly Chore[] = [records, turns, hours, oldMeters]
