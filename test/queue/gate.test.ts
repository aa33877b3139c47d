import { expect, it } from 'vitest'
import {
  admit,
  close,
  type Gate,
  idle,
  leave,
  mostOf,
  open,
  pay,
  roomAt,
  shutAt,
} from '../../src/queue/rules/gate.ts'
import { isOpenAt, opensAfter } from '../../src/queue/rules/window.ts'
import { randomFor } from '../../src/testing/backend-model/random.ts'

const gate = (settings: Partial<Gate>): Gate => ({ ...idle, ...settings })

it('never lets more pass in any time than rate and burst allow, and nearly as much as that', () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = randomFor(seed, 'rate')
    const rate = { units: 1 + random.below(9), perMs: 100 + random.below(2000), burst: 1 + random.below(9) }
    let state = gate({ rate })
    let now = 1_000_000
    const paid: [at: number, units: number][] = []
    for (let step = 0; step < 300; step++) {
      const want = 1 + random.below(rate.burst)
      const { units, againAt } = admit(state, want, now)
      if (units === want) {
        state = pay(state, want, now)
        paid.push([now, want])
        continue
      }
      expect(againAt).toBeGreaterThan(now)
      expect(admit(state, want, againAt!).units).toBe(want)
      expect(admit(state, want, againAt! - 1).units).toBeLessThan(want)
      now = random.below(3) > 0 ? againAt! : now + random.below(againAt! - now)
    }
    const isOver = paid.some(([from], i) => {
      let sum = 0
      return paid.slice(i).some(([at, units]) => {
        sum += units
        return sum > rate.burst + ((at - from) * rate.units) / rate.perMs + 1e-6
      })
    })
    expect(isOver).toBe(false)
    const all = paid.reduce((sum, [, units]) => sum + units, 0)
    const spent = paid.at(-1)![0] - paid[0]![0]
    expect(all).toBeGreaterThan(((spent * rate.units) / rate.perMs) * 0.5)
  }
})

it('holds no more than the limit, and holds nothing once all have left', () => {
  const random = randomFor(1, 'limit')
  let state = gate({ limit: 7 })
  const inside: number[] = []
  for (let step = 0; step < 2000; step++) {
    const want = 1 + random.below(4)
    const { units } = admit(state, want, step)
    if (random.below(2) === 0 && units === want) {
      state = pay(state, want, step)
      inside.push(want)
    } else if (inside.length > 0) {
      const [gone] = inside.splice(random.below(inside.length), 1)
      state = leave(state, gone!, random.pick(['done', 'failed', 'quiet']), step)
    }
    const held = inside.reduce((sum, each) => sum + each, 0)
    if (state.held !== held || held > 7 || roomAt(state, step) !== 7 - held) expect(state.held).toBe(held)
  }
})

it('lets a message pass that asks for more than a burst after a full rest, and owes the rest of it', () => {
  const state = gate({ rate: { units: 10, perMs: 1000, burst: 5 } })
  const after = pay(state, 20, 0)
  expect(admit(state, 20, 0)).toEqual({ units: 20 })
  expect(admit(after, 20, 1999)).toMatchObject({ why: 'rate', againAt: 2000 })
  expect(admit(after, 1, 1500).againAt).toBe(1600)
  expect(admit(after, 20, 2000)).toEqual({ units: 20 })
})

it('breaks after failures in a row, tries one at a time, and forgets failures by a success or when it is opened', () => {
  const whole = gate({ breaker: { failures: 2, forMs: 100 }, held: 3 })
  const broken = leave(leave(whole, 1, 'failed', 0), 1, 'failed', 5)
  expect(shutAt(broken, 104)).toEqual({ why: 'broken', againAt: 105 })
  expect(leave(broken, 1, 'done', 50).failures).toBe(2)
  expect(admit(broken, 1, 105)).toEqual({ units: 0, why: 'broken' })
  const empty = leave(broken, 1, 'quiet', 105)
  expect(mostOf(empty, 105)).toBe(1)
  const trial = pay(empty, 1, 105)
  expect(admit(trial, 1, 105).units).toBe(0)
  expect(shutAt(leave(trial, 1, 'failed', 110), 110)).toEqual({ why: 'broken', againAt: 210 })
  expect(leave(trial, 1, 'done', 110)).toMatchObject({ failures: 0, brokenUntil: undefined })
  expect(open(broken)).toMatchObject({ failures: 0, brokenUntil: undefined })
  expect(leave(leave(leave(whole, 1, 'failed', 0), 1, 'done', 0), 1, 'failed', 0).failures).toBe(1)
})

it('is shut until its time is over, or until it is opened', () => {
  const shut = close(gate({}), { reason: 'why', until: 100 })
  expect(admit(shut, 1, 99)).toEqual({ units: 0, why: 'closed', againAt: 100 })
  expect(admit(shut, 1, 100)).toEqual({ units: 1 })
  expect(admit(close(gate({}), {}), 1, 1e15)).toEqual({ units: 0, why: 'closed' })
})

it('knows hours, also over midnight, on days of the week and across a change of the clocks', () => {
  const at = (text: string) => Date.parse(text)
  const night = [{ from: '22:00', to: '06:00', days: [5] }]
  expect(isOpenAt(night, at('2026-11-27T22:00Z'))).toBe(true)
  expect(isOpenAt(night, at('2026-11-28T05:59Z'))).toBe(true)
  expect(isOpenAt(night, at('2026-11-28T06:00Z'))).toBe(false)
  expect(isOpenAt(night, at('2026-11-28T23:00Z'))).toBe(false)
  expect(opensAfter(night, at('2026-11-28T23:00Z'))).toBe(at('2026-12-04T22:00Z'))
  const berlin = [{ from: '09:00', to: '17:00', zone: 'Europe/Berlin' }]
  expect(opensAfter(berlin, at('2026-03-28T20:00Z'))).toBe(at('2026-03-29T07:00Z'))
  expect(opensAfter(berlin, at('2026-03-27T20:00Z'))).toBe(at('2026-03-28T08:00Z'))
  expect(isOpenAt(berlin, at('2026-07-01T07:00Z'))).toBe(true)
  expect(isOpenAt(berlin, at('2026-07-01T15:00Z'))).toBe(false)
})

it.each([
  // Where the clocks are set back, what they show twice opens twice.
  ['02:30', '04:00', '2026-10-24T23:00Z', '2026-10-25T00:30Z'],
  ['02:15', '02:45', '2026-10-25T00:50Z', '2026-10-25T01:15Z'],
  ['01:00', '02:30', '2026-10-25T00:40Z', '2026-10-25T01:00Z'],
  ['02:30', '04:00', '2026-03-29T00:00Z', '2026-03-29T01:00Z'],
  ['02:15', '02:45', '2026-03-29T00:00Z', '2026-03-30T00:15Z'],
  ['22:00', '02:30', '2026-10-25T00:40Z', '2026-10-25T01:00Z'],
])(
  'a window from %s to %s opens when it is open, on days on which the clocks are set: after %s',
  (from, to, at, then) => {
    const windows = [{ from, to, zone: 'Europe/Berlin' }]
    const time = Date.parse(at)
    expect(isOpenAt(windows, time)).toBe(false)
    const opens = opensAfter(windows, time)!
    expect(new Date(opens)).toEqual(new Date(then))
    expect([isOpenAt(windows, opens - 1), isOpenAt(windows, opens)]).toEqual([false, true])
  },
)
