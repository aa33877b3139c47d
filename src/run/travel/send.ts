import type { Change, Push, Take } from '../../queue/change.ts'
import type { Journey } from '../../queue/journey.ts'
import type { Attributes } from '../../queue/plan.ts'
import type { Json } from '../../schema/json.ts'
import { lastHopOf } from './find-stay.ts'

/** What a token is sent on as: from where it is, or, if it has left, from where it was. */
export interface Sending {
  readonly event: 'edited' | 'moved' | 'rerun' | 'undone'
  readonly journey: Journey
  readonly to: {
    readonly queue: string
    readonly value: Json
    readonly frames: readonly Json[]
    readonly delayMs?: number | undefined
  }
  readonly by: string
  readonly reason: string
  /** Whether it is taken from those who hold it. */
  readonly force?: boolean | undefined
  readonly deploy: number
  /** What its stay there begins with. */
  readonly attributes?: Attributes | undefined
}

/**
 * The changes by which a token goes on as a person wants it: they hold only for the stay that was seen, and, unless forced, only
 * while it is not leased.
 */
export function send(sending: Sending): readonly Change[] {
  const { event, journey, to, by, reason, force = false, deploy, attributes } = sending
  const { id, row, queue, parent, priority } = journey
  const lastHop = lastHopOf(journey)
  const { value, frames, delayMs } = to
  const token = { id, hop: lastHop + 1, frames, priority, parent, deploy }
  const push: Push = { kind: 'push', queue: to.queue, token, value, delayMs, ...attributes }
  const why = { actor: by, reason }
  if (!row || queue === undefined)
    return [{ ...push, ...why, enter: 'replace', event: event === 'undone' ? event : 'rerun', lastHop }]
  const take: Take = {
    ...{ kind: 'take', queue, id, hop: row.hop, event, deploy, ...why },
    ...(!force && { unheld: true }),
  }
  return [take, push]
}
