import { lineAfter } from '../../queue/check-lines.ts'
import type { JourneyLine } from '../../queue/journey.ts'
import type { HistoryLine, LinePage, LinesRequest } from '../../queue/lines.ts'

/** A line of a token as it is written; the queue and its workflow are missing where it is about neither. */
export type OwnLine = Omit<JourneyLine, 'queue'> & Pick<HistoryLine, 'queue' | 'workflow'>

/** Every line of the history, in the order in which they were written. */
export class Lines {
  readonly #all: HistoryLine[] = []

  add(line: Omit<HistoryLine, 'line'>): void {
    this.#all.push({ ...line, line: this.#all.length + 1 })
  }

  /** The lines that `request` asks for, and the cursor after them if there are more. */
  page({ after, limit = 100, order = 'oldest', ...wanted }: LinesRequest): LinePage {
    const all = order === 'oldest' ? this.#all : this.#all.toReversed()
    const start = after === undefined ? 0 : all.findIndex(({ line }) => line === lineAfter(after)) + 1
    const found = all.slice(start).filter((line) => fits(line, wanted))
    const lines = found.slice(0, limit)
    return { lines, next: found.length > limit ? String(lines.at(-1)!.line) : undefined }
  }
}

function fits(line: HistoryLine, { actor, people, event, queue, from, to }: LinesRequest): boolean {
  if (people && line.actor === undefined) return false
  if (actor !== undefined && line.actor !== actor) return false
  if (event !== undefined && ![event].flat().includes(line.event)) return false
  if (queue !== undefined && line.queue !== queue) return false
  return line.at >= (from ?? line.at) && line.at < (to ?? Number.POSITIVE_INFINITY)
}
