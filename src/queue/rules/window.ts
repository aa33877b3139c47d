import type { Window } from '../gate.ts'

const dayMs = 86_400_000
const minuteMs = 60_000
/** In so many days every window comes round, wherever in a day this begins, and whatever the clocks do. */
const round = 9

/** Whether one of `windows` is open at the wall time `at`. */
export function isOpenAt(windows: readonly Window[], at: number): boolean {
  return windows.some((window) => isIn(window, at))
}

/** When the first of `windows` opens after the wall time `at`; undefined if none does. */
export function opensAfter(windows: readonly Window[], at: number): number | undefined {
  const times = windows.flatMap((window) => startsOf(window, at))
  return times.length === 0 ? undefined : Math.min(...times)
}

function isIn(window: Window, at: number): boolean {
  const local = at + offsetOf(window.zone, at)
  const day = Math.floor(local / dayMs)
  const minute = Math.floor((local - day * dayMs) / minuteMs)
  const [from, to] = [minuteOf(window.from), minuteOf(window.to)]
  if (from < to) return minute >= from && minute < to && isOn(window, day)
  return (minute >= from && isOn(window, day)) || (minute < to && isOn(window, day - 1))
}

/*
 * When a window may open after `at`: when the clocks show its beginning, which they may do twice in a day or not at all, or when they
 * are set, into it.
 */
function startsOf(window: Window, at: number): readonly number[] {
  const { from, zone } = window
  const today = Math.floor((at + offsetOf(zone, at)) / dayMs)
  const times = Array.from({ length: round }, (_, i) => {
    const day = (today + i) * dayMs
    const [before, after] = [offsetOf(zone, day - dayMs), offsetOf(zone, day + 2 * dayMs)]
    const start = day + minuteOf(from) * minuteMs
    return before === after ? [start - before] : [start - before, start - after, turnOf(zone, day)]
  })
  return times.flat().filter((time) => time > at && isIn(window, time))
}

/** When the clocks of `zone` are set, in the days around `day`. */
function turnOf(zone: string | undefined, day: number): number {
  let [before, after] = [day - dayMs, day + 2 * dayMs]
  const offset = offsetOf(zone, before)
  while (after - before > minuteMs) {
    const middle = before + Math.floor((after - before) / 2 / minuteMs) * minuteMs
    if (offsetOf(zone, middle) === offset) before = middle
    else after = middle
  }
  return after
}

// Day 0 was a Thursday.
function isOn({ days }: Window, day: number): boolean {
  return !days || days.includes((((day + 4) % 7) + 7) % 7)
}

function minuteOf(time: string): number {
  const [hour, minute] = time.split(':')
  return Number(hour) * 60 + Number(minute)
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** How far the clocks of `zone` are ahead of UTC, in milliseconds. */
function offsetOf(zone: string | undefined, at: number): number {
  if (zone === undefined || zone === 'UTC') return 0
  const format = formats.get(zone) ?? formatOf(zone)
  formats.set(zone, format)
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const { year, month, day, hour, minute, second } = parts as Record<string, number>
  const local = Date.UTC(year!, month! - 1, day!, hour!, minute!, second!)
  return local - Math.floor(at / 1000) * 1000
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const two = '2-digit'
  return new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: two, day: two },
    ...{ hour: two, minute: two, second: two },
  })
}
