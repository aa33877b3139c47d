import type { Backend } from '../queue/backend.ts'
import type { QueueCount } from '../queue/queue-count.ts'

/** How many messages wait in the queues of `workflow`. */
export async function countsOf(
  backend: Pick<Backend, 'count'>,
  workflow: string,
): Promise<readonly QueueCount[]> {
  return (await backend.count()).filter((count) => count.workflow === workflow)
}
