import type { z } from 'zod'
import type { JourneyLine } from '../queue/journey.ts'
import { showingError } from '../queue/shown-fault.ts'
import type { Place } from './desk-place.ts'
import type { OpenedTask } from './review-shapes.ts'

/**
 * One task of a desk with all that a person needs to decide. The line of its last hop says what brought it here; if the
 * message itself has no error, the error of that line is why a person is asked.
 */
export async function openTask(
  { backend, workflow, name, desk }: Place,
  id: string,
): Promise<z.output<typeof OpenedTask>> {
  const task = await desk.get(id)
  const journey = await backend.journey(workflow, id)
  const history = (journey?.lines ?? []).map(showingError)
  const arrival = arrivalOf(history, task.hop)
  const error = task.error ?? arrival?.error
  return { ...task, error, desk: name, queue: desk.queue, arrival, history }
}

function arrivalOf(lines: readonly JourneyLine[], hop: number): JourneyLine | undefined {
  return lines.findLast((line) => line.hop < hop || (line.hop === hop && line.event === 'entered'))
}
