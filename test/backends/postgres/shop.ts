import pg from 'pg'
import { onTestFinished } from 'vitest'
import * as z from 'zod'
import type { PostgresOptions } from '../../../src/backends/postgres/postgres.ts'
import { makeQueues, state, worker, wrapped } from '../../../src/index.ts'
import { postgresUrl, takeSchema } from '../../postgres/schemas.ts'

const Ordered = state('Ordered', z.object({ amount: z.number(), note: z.string().optional() }))
const Paid = state('Paid', z.object({ amount: z.number() }))
const pay = wrapped(worker({ input: z.number(), output: z.number(), process: (amount) => amount }), {
  ...{ input: Ordered, output: Paid },
  pre: ({ amount }) => amount,
  post: (_, amount) => Paid({ amount }),
})

/** An order, as it enters. */
export const order = (note?: string) => Ordered({ amount: 5, ...(note !== undefined && { note }) })

/** A shop that has its orders in the schema of its queues, and connections of its own. */
export async function openShop(options?: PostgresOptions) {
  const schema = takeSchema()
  const backend = await schema.open(options)
  const queues = await makeQueues(pay, backend, 'shop', { owner: 'me' })
  const clients: pg.Client[] = []
  onTestFinished(async () => {
    for (const client of clients) await client.end()
    await backend.close()
    await schema.free()
  })
  const connect = async (how?: string) => {
    const client = new pg.Client(postgresUrl())
    clients.push(client)
    await client.connect()
    if (how !== undefined) await client.query(how)
    return client
  }
  const waiting = async () => (await backend.list('shop/main')).rows.map(({ id }) => id)
  return { schema, backend, queues, connect, waiting }
}
