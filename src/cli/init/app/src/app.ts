import { defineApp, filePath } from 'pipewright'
import { sqlite } from 'pipewright/sqlite'
import * as z from 'zod'
import { Order, orders } from './workflow.ts'

// In place of what you would read: a folder, a table, a mailbox.
const texts = new Map([
  ['order-1', '3 apples'],
  ['order-2', 'some pears'],
])

export default defineApp({
  name: 'orders',
  config: z.object({ database: filePath().default('queues.db') }),
  open: ({ database }) => ({
    workflow: orders,
    backend: () => sqlite(database),
    seed: { all: () => texts.keys(), value: (id) => Order({ text: texts.get(id) ?? '' }) },
    serve: { port: 4717 },
  }),
})
