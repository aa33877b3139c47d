import { endsAs } from '../../../queue/ends-as.ts'
import type { HistoryEvent } from '../../../queue/journey.ts'
import type { Line } from './history.ts'
import type { Move } from './moves.ts'

/** A token that has left a queue in the commit of a request and must be in another at its end, or has left for good. */
export interface Departure {
  readonly id: string
  readonly workflow: string
  readonly token: number
  readonly hop: number
  readonly event: HistoryEvent
  /** The line of the history that tells so; the token's arrival completes it. */
  readonly line: Line
  /** What is gathered of it; undefined if its row has left the queue already. */
  readonly move: Move | undefined
  hasArrived: boolean
}

/** The tokens that have left a queue in the commit of the request that runs. */
export class Departures {
  #all: Departure[] = []

  add(departure: Departure): void {
    this.#all.push(departure)
  }

  /** The token `id`, if it has left a queue in this commit and has come to no other. */
  find(workflow: string, id: string): Departure | undefined {
    return this.#all.find((each) => each.id === id && each.workflow === workflow && !each.hasArrived)
  }

  /** Those that have left for good, and how they end if that decides it. */
  ended(): readonly (Departure & { readonly outcome: string | undefined })[] {
    return this.#all
      .filter(({ hasArrived }) => !hasArrived)
      .map((each) => ({ ...each, outcome: endsAs(each.event) }))
  }

  /** Forgets them: another request begins. */
  clear(): void {
    if (this.#all.length > 0) this.#all = []
  }
}
