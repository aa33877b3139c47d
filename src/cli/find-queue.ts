import type { Backend } from '../queue/backend.ts'
import { findNamed } from '../queue/find-named.ts'
import type { QueueCount } from '../queue/queue-count.ts'

/** The queue called `name`, or the only one whose name ends so: `stamp` for `letters/stamp`. Rejects with `NotFoundError`. */
export async function findQueue(backend: Backend, name: string): Promise<QueueCount> {
  const counts = await backend.count()
  const names = counts.map(({ queue }) => queue)
  const hints = names.flatMap((queue) => [queue, queue.slice(queue.indexOf('/') + 1)])
  const found = findNamed(name, names, { one: 'queue', all: 'queues', hints })
  return counts.find(({ queue }) => queue === found)!
}
