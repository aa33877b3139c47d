import pg from 'pg'
import type { ChainSetup, Peer } from './peer.ts'

/**
 * Not a queue: the floor. What hand-written SQL reaches on one connection: leases, hops and a history in arrays of `concurrency`
 * tokens. It keeps no counts, wakes no other process, and forgets all that fails.
 */
export async function rawPostgres({ hops, concurrency, done, payload }: ChainSetup): Promise<Peer> {
  const client = new pg.Client(process.env['DATABASE'])
  await client.connect()
  await client.query(`drop schema if exists floor cascade; create schema floor;
    create table floor.t (token bigint primary key, queue int not null, hop int not null, lease int not null default 0,
      status text not null, value text) with (fillfactor = 70);
    create index on floor.t (queue, token) where status = 'ready';
    create table floor.h (line bigint generated always as identity, token bigint, hop int, queue int, at bigint);
    create index on floor.h (token)`)
  const lease = (queue: number) =>
    client.query<{ token: string; hop: number; lease: number; value: string }>({
      name: 'lease',
      text: `update floor.t t set status = 'leased', lease = lease + 1 from (select token from floor.t
        where queue = $1 and status = 'ready' order by token limit $2 for update skip locked) p
        where t.token = p.token returning t.token, t.hop, t.lease, t.value`,
      values: [queue, concurrency],
    })
  const hop = (columns: readonly (readonly unknown[])[]) =>
    client.query({
      name: 'hop',
      text: `with moved as (update floor.t t set queue = v.queue, hop = t.hop + 1, lease = 0, status = 'ready', value = v.value
          from unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::text[]) v (token, hop, lease, queue, value)
          where t.token = v.token and t.hop = v.hop and t.lease = v.lease and t.status = 'leased' returning t.token, t.hop, t.queue)
        insert into floor.h (token, hop, queue, at) select token, hop, queue, 0 from moved`,
      values: [...columns],
    })
  let running: Promise<void> | undefined
  let isStopped = false

  return {
    durability: 'as the server has it',
    async push(ids) {
      await client.query(
        `insert into floor.t (token, queue, hop, status, value)
          select v.token, 0, 1, 'ready', v.value from unnest($1::bigint[], $2::text[]) v (token, value)`,
        [ids, ids.map((id) => JSON.stringify(payload(id)))],
      )
    },
    async start() {
      running = run()
    },
    async stop() {
      isStopped = true
      await running
      await client.end()
    },
  }

  async function run() {
    while (!isStopped) {
      let isBusy = false
      for (let k = 0; k < hops; k++) if (await turn(k)) isBusy = true
      if (!isBusy) await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }

  async function turn(k: number): Promise<boolean> {
    const { rows } = await lease(k)
    if (rows.length === 0) return false
    await hop([
      rows.map(({ token }) => token),
      rows.map(({ hop }) => hop),
      rows.map(({ lease }) => lease),
      rows.map(() => k + 1),
      rows.map(({ value }) => value),
    ])
    if (k + 1 === hops) for (const { token } of rows) done(token)
    return true
  }
}
