import type { Backend } from '../queue/backend.ts'
import { messagesIn, type QueueCount } from '../queue/queue-count.ts'
import type { Row } from '../queue/rows.ts'

/** Where a token is. */
export interface Spot extends Row {
  readonly queue: string
  readonly role: QueueCount['role']
}

/** Every message of `workflow`, wherever it is. */
export async function takeSnapshot(backend: Backend, workflow: string): Promise<readonly Spot[]> {
  const spots: Spot[] = []
  for (const count of await backend.count()) {
    const { queue, role } = count
    if (count.workflow !== workflow || messagesIn(count) === 0) continue
    for (let after: string | undefined, isMore = true; isMore; ) {
      const { rows, next } = await backend.list(queue, { after, limit: 1000 })
      for (const row of rows) spots.push({ ...row, queue, role })
      after = next
      isMore = next !== undefined
    }
  }
  return spots
}
