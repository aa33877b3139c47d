import type { HistoryEvent } from '../journey.ts'
import { MeterCell } from './meter-cell.ts'

/*
 * Meters. What happens in queues is told by the lines of the history, and by first leases; both backends gather it here as they
 * write those, by queue, by where it went, and by minute. So no path can be forgotten that leaves a line. The numbers are
 * statistics, and no commit waits for them: SQLite adds what it has gathered once a second to its table, in a transaction
 * that is there anyway.
 */

/** The span of a meter, in milliseconds. */
export const minuteMs = 60_000
/** The span of those that are older than `minutesForMs`, in milliseconds. */
export const hourMs = 3_600_000
/** How long meters are kept by the minute, in milliseconds. */
export const minutesForMs = 48 * hourMs
/** How long meters are kept at all, in milliseconds. */
export const metersForMs = 90 * 24 * hourMs

/** What a line of the history is to the meters of its queue: a failure may have left it too. */
export type MeterKind = 'entered' | 'moved' | 'failed' | 'none'

/** What each event is to the meters. */
const meterKinds = {
  entered: 'entered',
  moved: 'moved',
  decided: 'moved',
  discarded: 'moved',
  popped: 'moved',
  cancelled: 'moved',
  replaced: 'moved',
  late: 'moved',
  resolved: 'moved',
  edited: 'none',
  rerun: 'moved',
  undone: 'moved',
  noted: 'none',
  commented: 'none',
  failed: 'failed',
  postponed: 'failed',
  buried: 'failed',
  expired: 'failed',
  released: 'none',
  revived: 'none',
  claimed: 'none',
  waiting: 'none',
  paused: 'none',
  resumed: 'none',
} as const satisfies Record<HistoryEvent, MeterKind>

/** What a line is to the meters: at a desk an expired lease, which has no attempt, is no failure. */
export function kindOf(event: HistoryEvent, attempt: number | null | undefined): MeterKind {
  return event === 'expired' && (attempt === undefined || attempt === null) ? 'none' : meterKinds[event]
}

/** A line of the history as the meters count it. */
export interface Metered<Queue> {
  readonly at: number
  readonly queue: Queue
  /** Where it went. */
  readonly to: Queue | undefined
  readonly kind: MeterKind
  readonly workMs: number | undefined
}

/** How long after they had come messages were leased, and how many. */
export interface Lasting {
  readonly ageMs: number
  readonly times?: number | undefined
}

/** A cell, and where it is. */
export interface Placed<Queue> {
  /** When its span begins. */
  readonly at: number
  readonly queue: Queue
  readonly to: Queue | undefined
  readonly cell: MeterCell
}

/** The cells that a message changes which goes from a queue to another. */
interface Way<Queue> {
  readonly queue: Queue
  readonly to: Queue | undefined
  readonly cell: MeterCell
  readonly into: MeterCell | undefined
}

type Spans<Queue> = Map<number, Map<Queue, Map<Queue | undefined, MeterCell>>>

/** The cells that were gathered, by spans of `ms` milliseconds. `Queue` is what queues are known by: the same for the same one. */
export class Metering<Queue> {
  readonly ms: number
  readonly #spans: Spans<Queue> = new Map()
  #open = Number.NaN
  #cells: Map<Queue, Map<Queue | undefined, MeterCell>> = new Map()
  /** That of the last line: the lines of a turn are of few ways, one after the other. */
  #way: Way<Queue> | undefined

  constructor(ms: number) {
    this.ms = ms
  }

  get isEmpty(): boolean {
    return this.#spans.size === 0
  }

  /** Counts a line of the history. */
  tell({ at, queue, to, kind, workMs }: Metered<Queue>): void {
    if (kind === 'none') return
    this.#turnTo(at)
    if (this.#way?.queue !== queue || this.#way.to !== to) this.#way = this.#wayOf(queue, to)
    const { cell, into } = this.#way
    cell[kind]++
    if (workMs !== undefined) cell.work.add(workMs)
    if (into) into.entered++
  }

  /** Counts messages that were leased for the first time. */
  tellLease(at: number, queue: Queue, { ageMs, times = 1 }: Lasting): void {
    this.#turnTo(at)
    this.#cell(queue, undefined).age.add(Math.max(0, ageMs), times)
  }

  /** Adds what was gathered elsewhere. */
  add({ at, queue, to, cell }: Placed<Queue>): void {
    this.#turnTo(at)
    this.#cell(queue, to).add(cell)
  }

  get cells(): readonly Placed<Queue>[] {
    return [...this.#spans].flatMap(([at, queues]) =>
      [...queues].flatMap(([queue, cells]) => [...cells].map(([to, cell]) => ({ at, queue, to, cell }))),
    )
  }

  /** Forgets the spans that begin before `at`, by default all, and returns their cells. */
  drop(at = Number.POSITIVE_INFINITY): readonly Placed<Queue>[] {
    const dropped = this.cells.filter((each) => each.at < at)
    for (const each of dropped) this.#spans.delete(each.at)
    this.#open = Number.NaN
    this.#way = undefined
    return dropped
  }

  // Nearly always the span of the call before.
  #turnTo(at: number): void {
    const start = at - (at % this.ms)
    if (start === this.#open) return
    this.#open = start
    this.#way = undefined
    this.#cells = this.#spans.get(start) ?? new Map()
    this.#spans.set(start, this.#cells)
  }

  #wayOf(queue: Queue, to: Queue | undefined): Way<Queue> {
    return {
      queue,
      to,
      cell: this.#cell(queue, to),
      into: to === undefined ? undefined : this.#cell(to, undefined),
    }
  }

  #cell(queue: Queue, to: Queue | undefined): MeterCell {
    let cells = this.#cells.get(queue)
    if (!cells) {
      cells = new Map()
      this.#cells.set(queue, cells)
    }
    const known = cells.get(to)
    if (known) return known
    const cell = new MeterCell()
    cells.set(to, cell)
    return cell
  }
}
