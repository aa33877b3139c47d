import type { LaidOut } from '../pipeline/lay-out.ts'
import type { Backend } from '../queue/backend.ts'
import { messagesIn } from '../queue/queue-count.ts'
import { rowsOf } from '../queue/read-queue.ts'
import type { Row } from '../queue/rows.ts'
import { type Schema, sayIssues } from '../schema/schema.ts'
import { isTagged } from '../schema/state.ts'
import { countsOf } from './counts-of.ts'

/** A waiting message that today's workflow could not work on. */
interface Misfit {
  readonly queue: string
  readonly id: string
  readonly fault: string
}

/** The result of a check of all waiting messages. */
export interface PayloadCheck {
  readonly checked: number
  readonly misfits: readonly Misfit[]
}

type Layout = Pick<LaidOut<any, any>, 'specs' | 'stored'>

/**
 * Validates every message that waits in the queues of `workflow` with the schema of the queue that would have it after
 * the next `makeQueues`, and what waits in its inbox with `input`, the schema of what may enter; finds those whose queue the
 * workflow no longer has. Changes nothing.
 */
export async function checkPayloads(
  backend: Backend,
  workflow: string,
  { input, ...layout }: Layout & { readonly input: Schema },
): Promise<PayloadCheck> {
  let checked = 0
  const misfits: Misfit[] = []
  const counts = await countsOf(backend, workflow)
  for (const { queue, role } of counts.filter((count) => messagesIn(count) > 0)) {
    const isInbox = role === 'inbox'
    for await (const row of rowsOf(backend, queue)) {
      // What an inbox has refused is known to be so.
      if (isInbox && row.status === 'dead') continue
      checked++
      const fault = await faultOf(row, isInbox ? input : schemaFor(layout, queue, row))
      if (fault !== undefined) misfits.push({ queue, id: row.id, fault })
    }
  }
  return { checked, misfits }
}

/** The schema of the queue that will have `row`: its own, or the one that takes over its state. */
function schemaFor({ specs, stored }: Layout, queue: string, { value }: Row): Schema | undefined {
  const own = stored.get(queue)
  if (own) return own
  const heirs = specs.filter(({ was }) => was?.includes(queue))
  const heir =
    heirs.length === 1 ? heirs[0] : heirs.find(({ tags }) => isTagged(value) && tags?.includes(value.tag))
  return heir && stored.get(heir.name)
}

async function faultOf({ value }: Row, schema: Schema | undefined): Promise<string | undefined> {
  if (!schema) return 'the workflow no longer has this queue; rename a stage with `was`, or empty it first'
  const { issues } = await schema['~standard'].validate(value)
  return issues && sayIssues(issues)
}
