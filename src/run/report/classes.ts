import type { Backend } from '../../queue/backend.ts'
import { livingIn, messagesIn, type QueueCount } from '../../queue/queue-count.ts'
import type { TallyRequest } from '../../queue/tally.ts'
import type { Classes } from './summary.ts'

const mostShown = 20

type Tallying = Pick<Backend, 'tally'>

/**
 * What waits at the desks of `counts`, by the mark `class` where the workflow makes one (`facets`), else by the class of the fault
 * that brought it there.
 */
export async function deskClasses(
  backend: Tallying,
  counts: readonly QueueCount[],
): Promise<readonly Classes[]> {
  const classes: Classes[] = []
  for (const each of counts) {
    const { queue, role } = each
    const count = livingIn(each)
    if (role !== 'review' || count === 0) continue
    const own = await classesOf(backend, { queue, by: 'mark:class' }, count)
    classes.push(own.classes.length > 0 ? own : await classesOf(backend, { queue, by: 'mark:print' }, count))
  }
  return classes
}

/** What is dead in the queues of `counts`, by the class of its fault. */
export async function deadClasses(
  backend: Tallying,
  counts: readonly QueueCount[],
): Promise<readonly Classes[]> {
  const classes: Classes[] = []
  for (const { queue, role, dead } of counts)
    if (dead > 0 && role !== 'inbox')
      classes.push(await classesOf(backend, { queue, by: 'mark:print', only: { status: 'dead' } }, dead))
  return classes
}

/** What is in the outputs of `counts`, by its state. */
export async function finishedStates(
  backend: Tallying,
  counts: readonly QueueCount[],
): Promise<readonly Classes[]> {
  const classes: Classes[] = []
  for (const each of counts) {
    const { queue, role } = each
    const count = messagesIn(each)
    if (role === 'output' && count > 0) classes.push(await classesOf(backend, { queue, by: 'tag' }, count))
  }
  return classes
}

async function classesOf(
  backend: Tallying,
  request: TallyRequest & { readonly queue: string },
  count: number,
): Promise<Classes> {
  const { tallies, exact } = await backend.tally({ ...request, limit: mostShown })
  return {
    ...{ queue: request.queue, count, exact },
    classes: tallies.flatMap(({ value, count }) =>
      value === null || count === 0 ? [] : [{ class: String(value), count }],
    ),
  }
}
