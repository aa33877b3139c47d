import type { QueueSpec } from '../queue/declaration.ts'
import type { QueueCount } from '../queue/queue-count.ts'
import { didYouMean } from '../schema/did-you-mean.ts'

/**
 * A sentence for each queue that is to be made, and whose `was` names only queues that a database with `counts` of
 * this workflow does not have: otherwise a misspelt name is reported only if messages wait in the queue that was meant.
 */
export function checkRenames(specs: readonly QueueSpec[], counts: readonly QueueCount[]): readonly string[] {
  const present = counts.map(({ queue }) => queue)
  // In an empty database no queue has had any name.
  if (present.length === 0) return []
  const gone = present.filter((name) => specs.every((spec) => spec.name !== name))
  return specs.flatMap(({ name, was = [] }) => {
    if (was.length === 0 || [name, ...was].some((each) => present.includes(each))) return []
    const named = was.map((each) => `"${each}"`).join(' and ')
    return [
      `Queue "${name}" was ${named}, it says, but this database has no such queue.${didYouMean(was[0]!, gone)}`,
    ]
  })
}
