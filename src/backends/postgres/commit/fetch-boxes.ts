import { letterKey } from './fetched.ts'
import { needKey } from './needs.ts'
import type { Reading } from './reading.ts'

/** Reads letters and steps. */
export async function fetchBoxes({ session, fetched, needs }: Reading): Promise<void> {
  const keys = needs.of('key')
  if (keys.length > 0) {
    const rows = await session.rows<{ token: number; hop: number; name: string; key: string }>(
      `select l.token, l.hop, l.name, l.key from unnest($1::bigint[], $2::integer[], $3::text[], $4::text[]) as n(token, hop, name, key)
         join pw_letters l on l.token = n.token and l.hop = n.hop and l.name = n.name and l.key = n.key`,
      keys.map(({ token }) => token),
      keys.map(({ hop }) => hop),
      keys.map(({ name }) => name),
      keys.map(({ key }) => key),
    )
    for (const key of keys) fetched.keys.set(needKey(key), false)
    for (const { token, hop, name, key } of rows) fetched.keys.set(needKey({ token, hop, name, key }), true)
  }
  for (const count of needs.of('count')) {
    const rows = await session.rows<{ name: string; letters: number; failures: number }>(
      `select name, count(*) as letters, count(failure) as failures from pw_letters
         where token = $1 and not read and hop in (0, $2) and name = any($3::text[]) group by name`,
      count.token,
      count.hop,
      count.names,
    )
    fetched.counts.set(
      needKey(count),
      new Map(rows.map(({ name, letters, failures }) => [name, { letters, failures }])),
    )
  }
  for (const { token, seqs } of needs.of('letter')) {
    const rows = await session.rows<{ seq: number; name: string; hop: number; failed: boolean }>(
      `select seq, name, hop, failure is not null as failed from pw_letters where seq = any($2::bigint[]) and token = $1 and not read`,
      token,
      seqs,
    )
    for (const seq of seqs) fetched.letters.set(letterKey(token, seq), null)
    for (const { seq, name, hop, failed } of rows)
      fetched.letters.set(letterKey(token, seq), { name, hop, isFailure: failed })
  }
  const steps = needs.of('step')
  if (steps.length === 0) return
  const rows = await session.rows<{ token: number; hop: number; path: string }>(
    `select s.token, s.hop, s.path from unnest($1::bigint[], $2::integer[], $3::text[]) as n(token, hop, path)
       join pw_steps s on s.token = n.token and s.hop = n.hop and s.path = n.path`,
    steps.map(({ token }) => token),
    steps.map(({ hop }) => hop),
    steps.map(({ path }) => path),
  )
  for (const step of steps) fetched.steps.set(needKey(step), false)
  for (const { token, hop, path } of rows) fetched.steps.set(needKey({ token, hop, path }), true)
}
