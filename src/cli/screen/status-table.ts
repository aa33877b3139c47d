import { shorten } from '../../queue/hide-passwords.ts'
import type { Percentiles } from '../../run/board/figures.ts'
import { sayDuration } from './duration.ts'
import type { QueueStatus, TokenProgress } from './queue-status.ts'
import { sayOverridden } from './say-overridden.ts'
import { sayOwner } from './say-owner.ts'
import { sayParked, sayWhy } from './say-parked.ts'
import { table } from './table.ts'

const shownAtMost = 3
const maxNote = 40
const heading = ['queue', 'ready', 'leased', 'delayed', 'waiting', 'dead', 'oldest', 'per min', 'drained in']
const timesHeading = ['wait p50/p99', 'work p50/p99']

/** `statuses` as a table. */
export function statusTable(statuses: readonly QueueStatus[]): string {
  if (statuses.length === 0) return 'There are no queues yet.'
  // Only where something was worked on: for an idle database they would be two empty columns.
  const hasTimes = statuses.some(({ age, work }) => age ?? work)
  const rows = statuses.map((status) => {
    const { queue, ready, leased, delayed, waiting, dead, oldestAgeMs, perMinute, drainMs } = status
    return [
      queue,
      ready,
      leased,
      delayed,
      waiting,
      dead,
      oldestAgeMs === undefined ? '' : sayDuration(oldestAgeMs),
      perMinute === undefined ? '' : Math.round(perMinute * 10) / 10,
      drainMs === undefined ? '' : sayDuration(drainMs),
      ...(hasTimes ? [sayTimes(status.age), sayTimes(status.work)] : []),
      sayWork(status),
    ]
  })
  return table([[...heading, ...(hasTimes ? timesHeading : []), ''], ...rows])
}

function sayTimes(times: Percentiles | undefined): string {
  return times ? `${sayTime(times.p50)} / ${sayTime(times.p99)}` : ''
}

/** To two digits: it is known no better. */
function sayTime(ms: number): string {
  if (ms >= 10_000) return sayDuration(ms)
  return ms < 1000
    ? `${Math.max(1, Number(ms.toPrecision(2)))} ms`
    : `${Number((ms / 1000).toPrecision(2))} s`
}

function sayWork(status: QueueStatus): string {
  const { lacksWorker, holders, progress } = status
  return [
    ...sayStanding(status),
    ...saySet(status),
    ...(lacksWorker ? ['no worker'] : []),
    ...listed('held by ', holders.map(sayOwner)),
    ...listed('', progress.map(sayProgress)),
  ].join('; ')
}

/** One text of the first few of `texts`, and of how many there are besides; none of none. */
function listed(before: string, texts: readonly string[]): readonly string[] {
  if (texts.length === 0) return []
  const more = texts.length > shownAtMost ? [`${texts.length - shownAtMost} more`] : []
  return [before + [...texts.slice(0, shownAtMost), ...more].join(', ')]
}

function sayProgress({ id, fraction, note }: TokenProgress): string {
  const said = note ? ` (${shorten(note, maxNote)})` : ''
  return `${shorten(id, maxNote)} ${Math.floor(fraction * 100)}%${said}`
}

function saySet({ queue, overridden = [] }: QueueStatus): readonly string[] {
  return overridden.map((each) => (each.gate === queue ? '' : `gate ${each.gate}: `) + sayOverridden(each))
}

// A queue is paused by its own gate.
function sayStanding({ queue, paused, parked }: QueueStatus): readonly string[] {
  if (!paused) return parked ? [sayParked(parked)] : []
  if (parked?.gate !== queue) return ['paused']
  return [sayWhy(parked).replace(/^closed/, 'paused')]
}
