import type { Note, Why } from '../../queue/change.ts'
import type { HistoryEvent, JourneyLine, TokenOutcome } from '../../queue/journey.ts'

/** What is known of one id in one workflow, wherever its message is. */
export interface Travel {
  readonly id: string
  /** Counts those that have entered: in this order their messages are listed, and leased within a priority. */
  readonly number: number
  parent: string | undefined
  enteredAt: number
  finishedAt: number | undefined
  outcome: TokenOutcome | undefined
  /** The number of its last stay. */
  hop: number
  readonly lines: JourneyLine[]
}

/** What a line of the history is made of. */
export interface Event extends Note, Why {
  readonly at: number
  readonly hop: number
  readonly queue: string
  readonly event: HistoryEvent
}

/** Every travel by workflow and id. */
export class Travels {
  readonly #byWorkflow = new Map<string, Map<string, Travel>>()

  get(workflow: string, id: string): Travel | undefined {
    return this.#byWorkflow.get(workflow)?.get(id)
  }

  add(workflow: string, travel: Travel): void {
    const travels = this.#byWorkflow.get(workflow) ?? new Map<string, Travel>()
    this.#byWorkflow.set(workflow, travels.set(travel.id, travel))
  }

  delete(workflow: string, id: string): void {
    this.#byWorkflow.get(workflow)?.delete(id)
  }

  /** Writes a line into the history of a travel. */
  tell(workflow: string, id: string, line: Event): void {
    const { at, hop, queue, event, attempt, actor, reason, fields, error, workMs, owner, deploy } = line
    const told = { attempt, actor, reason, fields: structuredClone(fields), error, workMs, owner, deploy }
    this.get(workflow, id)?.lines.push({ at, hop, queue, event, ...told })
  }
}
