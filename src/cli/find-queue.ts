import type { Backend } from '../queue/backend.ts'
import { NotFoundError } from '../queue/errors.ts'
import type { QueueCount } from '../queue/queue-count.ts'
import { didYouMean } from '../schema/did-you-mean.ts'

/** The queue called `name`, or the only one whose name ends so: `stamp` for `letters/stamp`. Rejects with `NotFoundError`. */
export async function findQueue(backend: Backend, name: string): Promise<QueueCount> {
  const counts = await backend.count()
  const exact = counts.find(({ queue }) => queue === name)
  if (exact) return exact
  const alike = counts.filter(({ queue }) => queue.endsWith(`/${name}`))
  if (alike.length === 1) return alike[0]!
  const known = (alike.length > 1 ? alike : counts).map(({ queue }) => queue).join(', ')
  throw new NotFoundError(
    alike.length > 1
      ? `More than one queue is called "${name}": ${known}; give the whole name.`
      : `There is no queue "${name}"; the queues are: ${known || 'none yet'}.${didYouMean(name, namesOf(counts))}`,
  )
}

function namesOf(counts: readonly QueueCount[]): readonly string[] {
  return counts.flatMap(({ queue }) => [queue, queue.slice(queue.indexOf('/') + 1)])
}
