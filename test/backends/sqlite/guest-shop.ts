import * as z from 'zod'
import { betterSqlite3, sqlite } from '../../../src/backends/sqlite/index.ts'
import { makeQueues, state, worker, wrapped } from '../../../src/index.ts'

export type Library = typeof import('better-sqlite3')

const Ordered = state('Ordered', z.object({ at: z.number() }))
const Paid = state('Paid', z.object({ at: z.number() }))

/** A shop with its orders in the file of its queues, and a connection of its own to it. `pay` is called for each order. */
export async function openOrders(path: string, pay: (at: number) => number = (at) => at) {
  const backend = await sqlite(path)
  const stage = worker({ input: z.number(), output: z.number(), process: pay })
  const flow = wrapped(stage, {
    ...{ input: Ordered, output: Paid },
    pre: ({ at }) => at,
    post: (_, at) => Paid({ at }),
  })
  const queues = await makeQueues(flow, backend, 'shop')
  const db = new (betterSqlite3<Library>())(path, { timeout: 10_000 })
  db.exec('create table if not exists orders (id text primary key)')
  const insert = db.prepare('insert into orders values (?)')
  const place = db.transaction((id: string, andThen: () => void = () => {}) => {
    insert.run(id)
    void queues.input.push(id, Ordered({ at: Date.now() }), { in: db })
    andThen()
  })
  const orders = () => db.prepare<[], string>('select id from orders order by id').pluck().all()
  return {
    ...{ backend, queues, orders },
    place: place.immediate,
    async close() {
      db.close()
      await backend.close()
    },
  }
}
