import { databaseUrl, defineApp, openBackend } from 'pipewright'
import * as z from 'zod'
import { Order, orders } from './workflow.ts'

// In place of what you would read: a folder, a table, a mailbox.
const texts = new Map([
  ['order-1', '3 apples'],
  ['order-2', 'some pears'],
])

export default defineApp({
  name: 'orders',
  config: z.object({ database: databaseUrl().default('queues.db') }),
  open: ({ database }) => ({
    workflow: orders,
    backend: () => openBackend(database),
    seed: { all: () => texts.keys(), value: (id) => Order({ text: texts.get(id) ?? '' }) },
    serve: { port: 4717 },
  }),
})
