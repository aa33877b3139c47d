import { expect, it } from 'vitest'
import * as z from 'zod'
import { memory } from '../../src/backends/memory.ts'
import { watchSuspects } from '../../src/cli/supervise/watch-suspects.ts'
import { whenIdle } from '../../src/cli/supervise/when-idle.ts'
import { type Backend, BackendError, makeQueues, worker } from '../../src/index.ts'
import { silent } from '../../src/run/log.ts'
import { makeSolo } from '../../src/run/suspects/make-solo.ts'
import { FakeClock } from '../../src/testing/index.ts'

it('finds a suspect whose lease has run out since the last lease call, but not in a paused queue', async () => {
  const clock = new FakeClock()
  const backend = memory({ clock })
  const echo = worker({ input: z.string(), output: z.string(), process: (text) => text })
  const { input } = await makeQueues(echo, backend, 'w', { clock })
  const stop = new AbortController()
  let found = 0
  const watching = watchSuspects(backend, ['w/gone', 'w/main'], {
    ...{ clock, log: silent, signal: stop.signal },
    found: () => found++,
  })
  await input.push('a', 'hello')
  await backend.lease('w/main', { owner: 'gone', leaseMs: 1000, timeoutMs: 60_000 })
  await backend.commit([{ kind: 'gate', name: 'w/main', closed: true }])
  await clock.advance(5000)
  expect(found).toBe(0)
  await backend.commit([{ kind: 'gate', name: 'w/main', closed: false }])
  await clock.advance(3000)
  expect(found).toBe(3)
  stop.abort()
  await watching
  await backend.close()
})

it('goes on looking while the database is away', async () => {
  const backend = memory()
  await backend.close()
  const stop = new AbortController()
  const told: string[] = []
  const warn = (message: string) => {
    told.push(message)
    stop.abort()
  }
  await watchSuspects(backend, ['w/main'], { found() {}, signal: stop.signal, log: { ...silent, warn } })
  expect(told).toEqual(['The search for suspects failed; trying again.'])
})

it('leaves the queues in which its token may not work to those that may, and tells nothing of them', async () => {
  const inner = memory()
  await inner.declare({ workflow: 'w', queues: [{ name: 'w/own', role: 'stage' }], fingerprint: '1' })
  const asked: string[] = []
  const lease: Backend['lease'] = async (queue, request) => {
    asked.push(queue)
    if (queue === 'w/own') return inner.lease(queue, request)
    throw new BackendError('The token has not the right "work" in "w/other".', { isForbidden: true })
  }
  const clock = new FakeClock()
  const stop = new AbortController()
  const told: string[] = []
  const log = { ...silent, warn: (message: string) => void told.push(message) }
  const watching = watchSuspects({ ...inner, lease }, ['w/other', 'w/own'], {
    ...{ clock, log, signal: stop.signal },
    found() {},
  })
  await clock.advance(3000)
  stop.abort()
  await watching
  expect(asked.slice(0, 2)).toEqual(['w/other', 'w/own'])
  expect(told).toEqual([])
  await inner.close()
})

it('is idle when nothing has been worked on for ten seconds, however long the last work took', async () => {
  const clock = new FakeClock()
  const solo = makeSolo(clock)
  const idle = whenIdle(solo, clock)
  await clock.advance(9000)
  solo.begin()
  await clock.advance(60_000)
  solo.end()
  await clock.advance(9000)
  solo.begin()
  solo.end()
  await clock.advance(9000)
  expect(idle.aborted).toBe(false)
  await clock.advance(2000)
  expect(idle.aborted).toBe(true)
})
