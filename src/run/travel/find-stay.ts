import { ConflictError, InvalidError, NotFoundError } from '../../queue/errors.ts'
import type { Journey } from '../../queue/journey.ts'
import { isUnknown } from '../../queue/refusals.ts'
import type { Json } from '../../schema/json.ts'
import type { TravelPlace } from './stage-place.ts'

/** A stay of a token, as it was in it. */
export interface Stay {
  readonly queue: string
  readonly hop: number
  readonly value: Json
  readonly frames: readonly Json[]
}

type History = Pick<TravelPlace, 'backend' | 'workflow'>

/** Where token `id` is now, and how it came there last. Rejects with `NotFoundError`. */
export async function findToken({ backend, workflow }: History, id: string): Promise<Journey> {
  const journey = await backend.journey(workflow, id, { limit: 1 })
  if (!journey) throw isUnknown({ workflow, id })
  return journey
}

/** The number of the stay that a token is in, or was in last. */
export function lastHopOf({ row, lines }: Journey): number {
  return row?.hop ?? lines.at(-1)?.hop ?? 0
}

/**
 * The stay number `hop` of token `id`, with its value. Rejects with `NotFoundError` if it has not been in it, and with a
 * `ConflictError` that names the nearest one whose value was kept if that of this one was not.
 */
export async function findStay(history: History, id: string, hop: number): Promise<Stay> {
  if (!(Number.isSafeInteger(hop) && hop >= 1))
    throw new InvalidError(
      `A stay of token "${id}" is named by its hop, a whole number from 1, not ${hop}.`,
      {
        id,
      },
    )
  const last = lastHopOf(await findToken(history, id))
  if (hop > last)
    throw new NotFoundError(`Token "${id}" has not been in a stay ${hop}: its last is ${last}.`, { id })
  const { backend, workflow } = history
  const stay = stayIn(await backend.journey(workflow, id, { hop, values: true }), hop)
  if (stay) return stay
  throw notKept(id, hop, await backend.journey(workflow, id, { values: true }))
}

function stayIn(journey: Journey | undefined, hop: number): Stay | undefined {
  const { row, queue, lines = [] } = journey ?? {}
  if (row?.hop === hop) return { queue: queue!, hop, value: row.value, frames: row.frames }
  const line = lines.findLast((each) => each.frames !== undefined)
  return line && { queue: line.queue, hop, value: line.value, frames: line.frames! }
}

function notKept(id: string, hop: number, journey: Journey | undefined): ConflictError {
  const { row, queue, lines = [] } = journey ?? {}
  const kept = lines
    .filter(({ valueBytes }) => valueBytes !== undefined)
    .map((line) => ({ hop: line.hop, queue: line.queue }))
  if (row && queue !== undefined) kept.push({ hop: row.hop, queue })
  const [nearest] = kept.sort((a, b) => Math.abs(a.hop - hop) - Math.abs(b.hop - hop) || a.hop - b.hop)
  const sentence = `The value that token "${id}" had in its stay ${hop} was not kept`
  return new ConflictError(
    nearest
      ? `${sentence}; the nearest that was is that of stay ${nearest.hop}, in queue "${nearest.queue}".`
      : `${sentence}, and none of another stay either.`,
    { id },
  )
}
