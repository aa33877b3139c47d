import type { Backend } from '../../queue/backend.ts'
import type { Fault } from '../../queue/change.ts'
import { shorten } from '../../queue/hide-passwords.ts'
import type { HistoryEvent } from '../../queue/journey.ts'
import type { HistoryLine } from '../../queue/lines.ts'
import { printOf } from '../../queue/print.ts'
import { hideFolders } from '../../queue/shown-fault.ts'
import { startOfDay } from './day.ts'

/*
 * What only the history knows. Its lines have no index by what happened, so each is looked at once: those that are there at the
 * first look, the newest first and not more than so many, then those that have come since the look before.
 */

const events = [
  ...(['failed', 'postponed', 'expired', 'buried'] as const),
  ...(['decided', 'cancelled', 'discarded'] as const),
] satisfies readonly HistoryEvent[]

/** A page looks at 100,000 lines at most, and has 1,000. */
const mostPages = 100
const mostKinds = 200
const maxExampleLength = 300

/** Failures of one kind within a day. */
export interface KindOfDay {
  readonly queue: string
  readonly fault: Pick<Fault, 'kind' | 'name' | 'code'>
  readonly class: string
  times: number
  gaveUp: number
  lastAt: number
  /** The number of that line of the history. */
  lastLine: number
  example: string
  exampleId: string | undefined
}

/** What the history says of a day. */
export interface PastDay {
  decided: number
  dead: number
  cancelled: number
  discarded: number
  /** Failures that are of none of the `kinds`, as there are so many. */
  others: number
  readonly kinds: Map<string, KindOfDay>
}

/** Which lines of the history. */
interface PastOf {
  readonly backend: Pick<Backend, 'lines'>
  /** Of all, without it. */
  readonly workflow?: string | undefined
}

/** The history by day. It remembers what it has read. */
export class Past {
  readonly #of: PastOf
  readonly #days = new Map<number, PastDay>()
  /** The last line that was counted. */
  #last: number | undefined
  #from = Number.POSITIVE_INFINITY
  #countedSince = 0

  constructor(of: PastOf) {
    this.#of = of
  }

  /** Reads on, and says what there is since `from`, a time in milliseconds at which a day begins, by its days. */
  async since(
    from: number,
  ): Promise<{ readonly days: ReadonlyMap<number, PastDay>; readonly countedSince: number }> {
    const newest = await this.#newest()
    if (this.#last === undefined || from < this.#from) await this.#readBack(from, newest)
    else await this.#readOn(this.#last, newest)
    this.#from = from
    for (const day of this.#days.keys()) if (day < from) this.#days.delete(day)
    return { days: this.#days, countedSince: Math.max(from, this.#countedSince) }
  }

  async #newest(): Promise<number> {
    const { lines } = await this.#of.backend.lines({ order: 'newest', limit: 1 })
    return lines[0]?.line ?? 0
  }

  async #readBack(from: number, newest: number): Promise<void> {
    const { backend } = this.#of
    this.#days.clear()
    this.#countedSince = from
    let after: string | undefined = String(newest + 1)
    for (let page = 0; after !== undefined && page < mostPages; page++) {
      const found = await backend.lines({ event: events, from, after, order: 'newest', limit: 1000 })
      this.#count(found.lines, newest)
      after = found.next
    }
    if (after !== undefined) {
      const { lines } = await backend.lines({ order: 'newest', after, limit: 1 })
      this.#countedSince = lines[0]?.at ?? from
    }
    this.#last = newest
  }

  async #readOn(last: number, newest: number): Promise<void> {
    let after: string | undefined = String(last)
    for (let page = 0; after !== undefined && page < mostPages; page++) {
      const found = await this.#of.backend.lines({ event: events, after, limit: 1000 })
      this.#count(found.lines, newest)
      after = found.next
    }
    // What is left is read the next time.
    this.#last = after === undefined ? newest : Math.min(newest, Number(after))
  }

  #count(lines: readonly HistoryLine[], newest: number): void {
    const { workflow } = this.#of
    for (const line of lines)
      if (line.line <= newest && (workflow === undefined || line.workflow === workflow)) this.#add(line)
  }

  #add(line: HistoryLine): void {
    const day = this.#dayOf(line.at)
    switch (line.event) {
      case 'decided':
      case 'cancelled':
      case 'discarded':
        day[line.event]++
        return
      case 'buried':
        day.dead++
        return addFailure(day, line, true)
      case 'failed':
        return addFailure(day, line, true)
      default:
        // A claim that has run out is no failure.
        if (line.event !== 'expired' || line.attempt !== undefined) addFailure(day, line, false)
    }
  }

  #dayOf(at: number): PastDay {
    const start = startOfDay(at)
    const known = this.#days.get(start)
    if (known) return known
    const day = { decided: 0, dead: 0, cancelled: 0, discarded: 0, others: 0, kinds: new Map() }
    this.#days.set(start, day)
    return day
  }
}

function addFailure(
  day: PastDay,
  { line, at, queue = '', id, error, event }: HistoryLine,
  gaveUp: boolean,
): void {
  const fault = error ?? {
    kind: 'crash',
    name: event,
    message: 'The lease ended without an answer: the worker was lost, or took too long.',
  }
  const print = printOf(fault, id)
  const key = `${queue}\n${fault.kind}\n${print}`
  let kind = day.kinds.get(key)
  if (!kind) {
    if (day.kinds.size >= mostKinds) {
      day.others++
      return
    }
    const { name, code } = fault
    kind = {
      ...{
        queue,
        class: print,
        times: 0,
        gaveUp: 0,
        lastAt: 0,
        lastLine: 0,
        example: '',
        exampleId: undefined,
      },
      fault: { kind: fault.kind, name, code },
    }
    day.kinds.set(key, kind)
  }
  kind.times++
  if (gaveUp) kind.gaveUp++
  if (line < kind.lastLine) return
  kind.lastLine = line
  kind.lastAt = at
  kind.example = shorten(hideFolders(fault.message), maxExampleLength)
  kind.exampleId = id
}
