import { join } from 'node:path'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import type { ChainSetup, Peer } from './peer.ts'

/**
 * Not a queue: the floor. The fastest chain that hand-written SQL reaches on one thread, `concurrency` tokens a
 * batch, synchronous=FULL. It keeps no history, has no fences, and forgets all that fails.
 */
export function rawSqlite({ folder, hops, concurrency, done, payload }: ChainSetup): Peer {
  const db = openDatabase(join(folder, 'raw.db'))
  db.pragma('journal_mode = wal')
  db.pragma('synchronous = full')
  const places = [...Array(hops + 1).keys()]
  for (const k of places) {
    db.exec(`create table s${k} (
      seq integer primary key, id text not null unique, value text not null, visible_at int not null default 0)`)
  }
  const insert = places.map((k) => db.prepare(`insert into s${k} (id, value) values (?, ?)`))
  const remove = places.map((k) => db.prepare(`delete from s${k} where id = ?`))
  const claim = places.map((k) =>
    db.prepare<[number, number, number], { id: string; value: string }>(
      `update s${k} set visible_at = ? where seq in
        (select seq from s${k} where visible_at <= ? order by seq limit ?) returning id, value`,
    ),
  )
  const hop = db.transaction((k: number, rows: readonly { id: string; value: string }[]) => {
    for (const { id, value } of rows) {
      if (k + 1 < hops) insert[k + 1]!.run(id, value)
      remove[k]!.run(id)
    }
  })
  let stopped = false

  return {
    durability: 'WAL, FULL',
    push: async (ids) =>
      db.transaction(() => {
        for (const id of ids) insert[0]!.run(id, JSON.stringify(payload(id)))
      })(),
    async start() {
      void run()
    },
    async stop() {
      stopped = true
    },
  }

  async function run() {
    while (!stopped) {
      const moved = places.slice(0, hops).map(turn)
      await new Promise((resolve) => (moved.some(Boolean) ? setImmediate(resolve) : setTimeout(resolve, 1)))
    }
  }

  function turn(k: number): boolean {
    const rows = claim[k]!.all(Date.now() + 60_000, Date.now(), concurrency)
    if (rows.length === 0) return false
    hop(k, rows)
    if (k + 1 === hops) for (const { id } of rows) done(id)
    return true
  }
}
