import { expect, it } from 'vitest'
import { makeSolo } from '../../src/run/suspects/make-solo.ts'
import type { Turn } from '../../src/run/suspects/solo.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { makeGate, settle } from './stage-rig.ts'

const never = Number.POSITIVE_INFINITY

/** A `Solo`, suspects that ask it for a turn, and slots that always have work. */
function makeHall() {
  const clock = new FakeClock()
  const solo = makeSolo(clock)
  const startedAt = clock.elapsed()
  const now = () => clock.elapsed() - startedAt

  return {
    clock,
    solo,
    now,
    /** A suspect that works until `end`. */
    suspect({ besideMs = never, aloneMs = 1000 } = {}) {
      const gate = makeGate()
      const told = { at: never, turn: undefined as Turn | undefined, accompanied: false, leave: () => {} }
      told.leave = solo.ask({
        besideAt: clock.elapsed() + besideMs,
        async use(turn) {
          Object.assign(told, { at: now(), turn })
          turn.begin(aloneMs, async () => {
            told.accompanied = true
          })
          solo.begin()
          await gate.promise
          solo.end()
        },
      })
      return Object.assign(told, { end: () => gate.open() })
    },
    /** A slot whose work takes `ms` each time, and which begins again as soon as it may. */
    slot(ms: number) {
      const slot = { times: 0, longestWaitMs: 0, work }
      let askedAt: number | undefined
      solo.onOpen(() => askedAt !== undefined && ask())
      ask()
      return slot

      function ask(): void {
        askedAt ??= now()
        if (!solo.mayAsk()) return
        const joining = solo.join()
        if (joining) void joining.then(work)
        else work()
      }

      function work(): void {
        slot.longestWaitMs = Math.max(slot.longestWaitMs, now() - askedAt!)
        askedAt = undefined
        solo.begin()
        solo.end()
        clock.after(ms, () => {
          slot.times++
          solo.end()
          ask()
        })
      }
    },
  }
}

it('gives a turn at once while nothing runs, and keeps others out meanwhile', async () => {
  const { solo, suspect } = makeHall()
  const [first, second] = [suspect(), suspect()]
  expect([first.at, second.at]).toEqual([0, never])
  expect(first.turn?.isAlone).toBe(true)
  expect(solo.mayAsk()).toBe(false)
  first.end()
  await settle()
  expect(first.accompanied).toBe(false)
})

it('gives turns one after the other, in the order in which they were asked for', async () => {
  const { clock, suspect } = makeHall()
  const all = [suspect(), suspect(), suspect()]
  for (const each of all) {
    await clock.advance(100)
    each.end()
    await settle()
  }
  expect(all.map(({ at }) => at)).toEqual([0, 100, 200])
})

it('takes a moment in which nothing runs, without closing anything', async () => {
  const { clock, solo, suspect } = makeHall()
  expect(solo.mayAsk()).toBe(true)
  const one = suspect()
  await clock.advance(500)
  expect(one.at).toBe(never)
  solo.end()
  expect(one.at).toBe(500)
})

it('closes intake for a moment when a busy process is never idle by itself', async () => {
  const { clock, slot, suspect, now } = makeHall()
  const slots = [slot(90), slot(70), slot(55)]
  await clock.advance(1000)
  const one = suspect()
  await clock.advance(1200)
  expect(one.at).toBeGreaterThan(2000)
  expect(one.at).toBeLessThan(2100)
  one.end()
  await settle()
  await clock.advance(1000)
  expect(Math.max(...slots.map(({ longestWaitMs }) => longestWaitMs))).toBeLessThan(300)
  expect(now()).toBe(3200)
})

it('costs the others less than one part in twenty where no window is long enough', async () => {
  const { clock, slot, suspect } = makeHall()
  slot(3_600_000)
  const quick = slot(10)
  await clock.advance(1)
  const one = suspect()
  await clock.advance(150_000)
  expect(one.at).toBe(never)
  expect(quick.longestWaitMs).toBeLessThanOrEqual(800)
  expect(quick.times).toBeGreaterThan(15_000 * 0.95)
})

it('costs the others about one part in ten where suspects always wait for a turn', async () => {
  const { clock, slot, suspect } = makeHall()
  const quick = slot(10)
  let turns = 0
  const again = () => {
    const one = suspect()
    const end = () => {
      one.end()
      turns++
      again()
    }
    const look = () => (one.turn ? clock.after(400, end) : clock.after(10, look))
    look()
  }
  again()
  await clock.advance(150_000)
  expect(turns).toBeGreaterThan(25)
  expect(quick.longestWaitMs).toBeLessThan(600)
  expect(quick.times).toBeGreaterThan(15_000 * 0.87)
})

it('lets others begin beside a suspect after its time alone, when that is recorded on its lease', async () => {
  const { clock, slot, suspect } = makeHall()
  const one = suspect({ aloneMs: 2000 })
  const quick = slot(10)
  await clock.advance(1990)
  expect([one.accompanied, quick.times]).toEqual([false, 0])
  await clock.advance(1010)
  expect(one.accompanied).toBe(true)
  expect(quick.times).toBeGreaterThan(90)
})

it('leaves a suspect alone after its time, as long as nothing else has come', async () => {
  const { clock, solo, suspect } = makeHall()
  const one = suspect({ aloneMs: 2000 })
  await clock.advance(10_000)
  expect(solo.mayAsk()).toBe(true)
  solo.end()
  expect(one.accompanied).toBe(false)
  await solo.join()
  expect(one.accompanied).toBe(true)
  expect(solo.join()).toBeUndefined()
})

it('lets suspects run beside the others when they had no turn in time, at most one in ten seconds', async () => {
  const { clock, slot, suspect } = makeHall()
  slot(3_600_000)
  await clock.advance(1)
  const all = [suspect({ besideMs: 60_000 }), suspect({ besideMs: 60_000 }), suspect({ besideMs: 60_000 })]
  await clock.advance(65_000)
  expect(all.map(({ turn }) => turn?.isAlone)).toEqual([false, undefined, undefined])
  all[0]!.end()
  await settle()
  expect(all[1]!.turn?.isAlone).toBe(false)
  await clock.advance(9000)
  expect(all[2]!.turn).toBeUndefined()
  await clock.advance(1000)
  expect(all[2]!.turn?.isAlone).toBe(false)
})

it('lets a suspect that may run beside others do so also beside one that takes long in its turn', async () => {
  const { clock, suspect } = makeHall()
  const slow = suspect()
  const next = suspect({ besideMs: 60_000 })
  await clock.advance(59_999)
  expect([slow.accompanied, next.turn]).toEqual([false, undefined])
  await clock.advance(1)
  expect([slow.accompanied, next.turn?.isAlone]).toEqual([true, false])
})

it('opens again when the suspect that it has closed for waits no more', async () => {
  const { clock, slot, solo, suspect } = makeHall()
  slot(3_600_000)
  await clock.advance(1)
  const one = suspect()
  await clock.advance(1050)
  expect(solo.mayAsk()).toBe(false)
  one.leave()
  expect(solo.mayAsk()).toBe(true)
  await clock.advance(100_000)
  expect(one.turn).toBeUndefined()
})
