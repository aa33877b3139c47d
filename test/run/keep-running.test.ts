import { expect, it } from 'vitest'
import { keepRunning } from '../../src/run/work/keep-running.ts'
import { FakeClock } from '../../src/testing/index.ts'

/** Keeps `run` running; says when it was started, and what was logged. */
function keep(run: (signal: AbortSignal, clock: FakeClock) => Promise<void>) {
  const clock = new FakeClock()
  const stop = new AbortController()
  const starts: number[] = []
  const errors: unknown[] = []
  const nothing = () => {}
  const log = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (message: string, fields?: object) => void errors.push({ message, ...fields }),
  }
  const begin = clock.elapsed()
  const counted = (signal: AbortSignal) => {
    starts.push(clock.elapsed() - begin)
    return run(signal, clock)
  }
  const ended = keepRunning(counted, stop.signal, { queue: 'shop/hand', log, clock })
  return { clock, stop, starts, errors, ended }
}

it('logs what a loop has thrown, with its queue and place, and starts it again after a growing pause', async () => {
  const { clock, stop, starts, errors, ended } = keep(async () => {
    throw new Error('cannot do bad')
  })
  await clock.advance(0)
  for (const ms of [100, 200, 400, 800, 1600, 3200, 5000, 5000]) await clock.advance(ms)
  expect(starts).toEqual([0, 100, 300, 700, 1500, 3100, 6300, 11_300, 16_300])
  expect(errors[0]).toEqual({
    message: 'A loop of a stage has failed; it is started again.',
    queue: 'shop/hand',
    error: 'Error: cannot do bad',
    at: expect.stringContaining('keep-running.test.ts'),
    inMs: 100,
  })
  stop.abort()
  await ended
})

it('pauses briefly again once the loop has run for longer than it paused', async () => {
  const { clock, stop, starts, ended } = keep(async (_, clock) => {
    if (starts.length === 3) await new Promise<void>((resolve) => clock.after(1000, resolve))
    throw new Error('cannot do bad')
  })
  await clock.advance(0)
  for (const ms of [100, 200, 1000, 100]) await clock.advance(ms)
  expect(starts).toEqual([0, 100, 300, 1400])
  stop.abort()
  await ended
})

it('does not start a loop again once it was asked to stop, nor one that has ended by itself', async () => {
  const waiting = keep(async () => {
    throw new Error('cannot do bad')
  })
  await waiting.clock.advance(50)
  waiting.stop.abort()
  await waiting.ended
  expect(waiting.starts).toEqual([0])
  const asked = keep((signal) => new Promise((_, reject) => signal.addEventListener('abort', reject)))
  asked.stop.abort()
  await asked.ended
  expect(asked.errors).toEqual([])
  const done = keep(async () => {})
  await done.ended
  expect(done.starts).toEqual([0])
})
