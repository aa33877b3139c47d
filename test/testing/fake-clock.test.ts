import { expect, test } from 'vitest'
import { FakeClock } from '../../src/testing/index.ts'

test('time stands still until a test moves it', async () => {
  const clock = new FakeClock()
  const [now, elapsed] = [clock.now(), clock.elapsed()]
  await new Promise(setImmediate)
  expect([clock.now(), clock.elapsed()]).toEqual([now, elapsed])
})

test('advancing moves both clocks, a jump only the wall', async () => {
  const clock = new FakeClock()
  const [now, elapsed] = [clock.now(), clock.elapsed()]
  await clock.advance(250)
  expect([clock.now() - now, clock.elapsed() - elapsed]).toEqual([250, 250])
  clock.jump(-1_000)
  expect([clock.now() - now, clock.elapsed() - elapsed]).toEqual([-750, 250])
})

test('timers fire in their order, each at its own time, and not before', async () => {
  const clock = new FakeClock()
  const start = clock.elapsed()
  const fired: string[] = []
  for (const [name, ms] of Object.entries({ c: 30, a: 10, b: 20, later: 31, alsoC: 30 })) {
    clock.after(ms, () => fired.push(`${name} ${clock.elapsed() - start}`))
  }
  await clock.advance(30)
  expect(fired).toEqual(['a 10', 'b 20', 'c 30', 'alsoC 30'])
  expect(clock.waiting).toBe(1)
})

test('a timer that another one sets fires in the same advance, if its time comes', async () => {
  const clock = new FakeClock()
  const fired: number[] = []
  const again = () => {
    fired.push(clock.elapsed())
    void Promise.resolve().then(() => clock.after(10, again))
  }
  clock.after(10, again)
  const start = clock.elapsed()
  await clock.advance(35)
  expect(fired.map((at) => at - start)).toEqual([10, 20, 30])
})

test('a timer that was called off does not fire', async () => {
  const clock = new FakeClock()
  const cancel = clock.after(10, () => expect.unreachable())
  cancel()
  await clock.advance(100)
  expect(clock.waiting).toBe(0)
})

test('a jump of the wall clock fires no timer', async () => {
  const clock = new FakeClock()
  clock.after(10, () => expect.unreachable())
  clock.jump(1_000_000)
  await clock.advance(9)
})

test('moving on stops at the next timers, and fires them all but those that one of them calls off', async () => {
  const clock = new FakeClock()
  const fired: string[] = []
  clock.after(50, () => fired.push('late'))
  clock.after(20, () => {
    fired.push('one')
    callOff()
  })
  const callOff = clock.after(20, () => fired.push('called off'))
  clock.after(20, () => fired.push('two'))
  expect(clock.moveOn()).toBe(20)
  expect(fired).toEqual(['one', 'two'])
  expect(clock.moveOn()).toBe(30)
  expect(clock.moveOn()).toBeUndefined()
  expect(fired).toEqual(['one', 'two', 'late'])
})
