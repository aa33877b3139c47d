import { layOut } from '../../../pipeline/lay-out.ts'
import type { StatePipeline } from '../../../pipeline/pipeline.ts'

/** The folder of each queue of a workflow, by the name of the queue, in the order of its stages; the output is the last. */
export function placesOf(workflow: StatePipeline, app: string): ReadonlyMap<string, string> {
  // What comes to a `reply` has left.
  const queues = layOut(workflow, app).specs.filter(({ role }) => role !== 'reply')
  const digits = Math.max(2, String(queues.length).length)
  return new Map(
    queues.map(({ name }, index) => {
      const place = name.slice(app.length + 1).replaceAll(/[^\w.-]+/g, '_')
      return [name, `${String(index + 1).padStart(digits, '0')}_${place}`]
    }),
  )
}
