import { layOut } from '../pipeline/lay-out.ts'
import { isAtPlace, outputPlace } from './find-runnables.ts'
import type { OpenApp } from './open-app.ts'
import { UsageError } from './usage-error.ts'

/** The places of the workers of `app` whose concurrency can be set, and their queues. */
export function workersOf({ workflow, name, done }: Pick<OpenApp, 'workflow' | 'name' | 'done'>) {
  const { loops, output } = layOut(workflow, name)
  return new Map([...loops, ...(done ? ([[outputPlace, output]] as const) : [])])
}

/** `numbers`, which are by the places of workers of `app`, by their queues. Throws a `UsageError` for a place without a worker. */
export function concurrencyByQueue(
  app: Pick<OpenApp, 'workflow' | 'name' | 'done'>,
  numbers: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const workers = [...workersOf(app)]
  return new Map(
    [...numbers].flatMap(([place, number]) => {
      const queues = workers.filter(([name]) => isAtPlace(name, place)).map(([, queue]) => queue)
      if (queues.length > 0) return queues.map((queue) => [queue, number] as const)
      throw new UsageError(
        `The concurrency of "${place}" cannot be set: the workers are ${workers.map(([name]) => name).join(', ')}.`,
      )
    }),
  )
}
