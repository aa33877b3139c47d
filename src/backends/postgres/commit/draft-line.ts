import type { Note, Why } from '../../../queue/change.ts'
import type { HistoryEvent } from '../../../queue/journey.ts'
import { kindOf, type Metering } from '../../../queue/rules/metering.ts'
import type { OpenLine } from '../../../queue/rules/world.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { cleanText } from './clean-text.ts'

/** Where and when a line is. */
interface At {
  readonly token: number
  readonly hop: number
  /** The number of the queue; 0 for none. */
  readonly queue: number
  readonly at: number
}

/** A line of the history that may still be completed. */
export class DraftLine implements OpenLine<QueueEntry> {
  readonly at: At
  readonly event: HistoryEvent
  readonly note: Note & Why
  target: number | undefined
  #deploy: number | undefined

  constructor(at: At, event: HistoryEvent, note: Note & Why) {
    this.at = at
    this.event = event
    this.note = note
    this.#deploy = note.deploy
  }

  goesTo({ ref }: QueueEntry, deploy: number): void {
    this.target = ref
    this.#deploy ??= deploy
  }

  /** Counts it in the meters of its queue. */
  meter(meters: Metering<number>): void {
    const { at, queue } = this.at
    const { attempt, workMs } = this.note
    if (queue !== 0) meters.tell({ at, queue, to: this.target, kind: kindOf(this.event, attempt), workMs })
  }

  /** Its cells, by column. */
  get cells(): object {
    const { attempt, actor, reason, fields, error, workMs, owner } = this.note
    const { token, hop, queue, at } = this.at
    return {
      token,
      hop,
      queue,
      at,
      event: this.event,
      attempt,
      actor: cleanText(actor),
      reason: cleanText(reason),
      work_ms: workMs,
      owner: cleanText(owner),
      target: this.target,
      deploy: this.#deploy,
      fields: fields === undefined ? undefined : JSON.stringify(fields),
      error: error === undefined ? undefined : JSON.stringify(error),
    }
  }
}
