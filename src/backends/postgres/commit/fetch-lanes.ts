import { needKey } from './needs.ts'
import type { Reading } from './reading.ts'

/** Reads lanes, and makes those that are not there. */
export async function fetchLanes({ session, fetched, needs }: Reading): Promise<void> {
  const wanted = needs.of('lane').filter((lane) => !fetched.lanes.has(needKey(lane)))
  if (wanted.length === 0) return
  const queues = wanted.map(({ queue }) => queue)
  for (const queue of new Set(queues)) await beginKeys(session, queue)
  const keys = wanted.map(({ key }) => key)
  const find = () =>
    session.rows<{ queue: number; key: string; ref: number }>(
      `select l.queue, l.key, l.ref from unnest($1::integer[], $2::text[]) as n(queue, key)
         join pw_lanes l on l.queue = n.queue and l.key = n.key`,
      queues,
      keys,
    )
  let rows = await find()
  if (rows.length < wanted.length) {
    await session.rows(
      `insert into pw_lanes (queue, key, idle, turn) select n.queue, n.key, true, nextval('pw_turns_of_lanes')
         from unnest($1::integer[], $2::text[]) as n(queue, key)
         where not exists (select from pw_lanes l where l.queue = n.queue and l.key = n.key) order by n.queue, n.key
         on conflict do nothing`,
      queues,
      keys,
    )
    rows = await find()
  }
  const found = new Map(rows.map((row) => [needKey({ queue: row.queue, key: row.key }), row.ref]))
  for (const each of wanted) {
    const ref = found.get(needKey(each))
    // Another transaction has made it meanwhile: it is found when this one begins again.
    if (ref === undefined) await session.rows(`select pw_again()`)
    else fetched.lanes.set(needKey(each), ref)
  }
}

// What is in a queue without a key is a lane too, from when the first message with one comes.
async function beginKeys(session: Reading['session'], ref: number): Promise<void> {
  const queue = session.queues.of(ref)
  if (!queue || queue.keyed) return
  await session.rows('update pw_queues set keyed = true where ref = $1', ref)
  await session.rows('update pw_meta set registry = registry + 1')
  await session.rows(
    `insert into pw_lanes (queue, key, turn, priority, suspects) select $1, '', nextval('pw_turns_of_lanes'),
       coalesce((select min(priority) from pw_tokens where queue = $1 and status = 'ready'), 0), true on conflict do nothing`,
    ref,
  )
  ;(queue as { keyed: boolean }).keyed = true
}
