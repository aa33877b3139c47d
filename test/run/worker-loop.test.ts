import { expect, it } from 'vitest'
import * as z from 'zod'
import { makeQueues, worker } from '../../src/index.ts'
import { silent } from '../../src/run/log.ts'
import { notOverHttp } from '../on/kind.ts'
import { openUsual } from '../on/open.ts'
import { makeGate, makeRig, settle, until } from './stage-rig.ts'

it('uses all its slots and never more', async () => {
  let running = 0
  let most = 0
  const gates: ReturnType<typeof makeGate<void>>[] = []
  const rig = await makeRig(
    async (text) => {
      most = Math.max(most, ++running)
      const gate = makeGate()
      gates.push(gate)
      await gate.promise
      running--
      return text
    },
    { concurrency: 3 },
  )
  await rig.push('1', '2', '3', '4', '5', '6', '7', '8')
  rig.start()
  for (let left = 8; left > 0; left--) {
    await until(() => gates.length === Math.min(3, left))
    gates.shift()!.open()
  }
  await until(async () => (await rig.finished()) === 8)
  expect(most).toBe(3)
})

it('takes up what comes while it idles', async () => {
  const rig = await makeRig((text) => text.toUpperCase())
  rig.start()
  await settle()
  await rig.push('a')
  await until(() => rig.result('a'))
  await settle()
  await rig.push('b')
  await until(() => rig.result('b'))
  expect(await rig.result('b')).toEqual({ tag: 'Made', text: 'B' })
})

it('does not miss what comes while a lease that found nothing is on its way back', async () => {
  let isSlow = false
  const rig = await makeRig((text) => text, {
    over: (backend) => ({
      ...backend,
      async lease(queue, request) {
        if (!isSlow) return backend.lease(queue, request)
        isSlow = false
        // Another process is quicker: the worker that was woken finds nothing, and more comes meanwhile.
        await backend.lease(queue, { ...request, owner: 'other' })
        const rows = await backend.lease(queue, request)
        await rig.push('late')
        return rows
      },
    }),
  })
  rig.start()
  await settle()
  isSlow = true
  await rig.push('taken')
  await until(() => rig.result('late'))
})

it('gives its context to the work', async () => {
  let seen: unknown
  const rig = await makeRig((text, { id, key, hop, attempt, signal }) => {
    seen = { id, key, hop, attempt, aborted: signal.aborted }
    return text
  })
  await rig.push('a')
  rig.start()
  await until(() => rig.result('a'))
  expect(seen).toEqual({ id: 'a', key: 'a:1', hop: 1, attempt: 1, aborted: false })
})

it('recovers when nothing could be leased', async () => {
  let down = true
  const rig = await makeRig((text) => text, {
    over: (backend) => ({
      ...backend,
      lease: (queue, request) => (down ? Promise.reject(new Error('down')) : backend.lease(queue, request)),
    }),
  })
  await rig.push('a')
  rig.start()
  await rig.clock.advance(5000)
  expect(await rig.result('a')).toBeUndefined()
  down = false
  await rig.clock.advance(1000)
  await until(() => rig.result('a'))
})

it('stops at once when it idles', async () => {
  const rig = await makeRig((text) => text)
  const ended = rig.start()
  await settle()
  rig.stop.abort()
  await ended
})

it('does not start when it has been stopped before', async () => {
  const rig = await makeRig((text) => text)
  await rig.push('a')
  rig.stop.abort()
  await rig.start()
  expect(await rig.events('a')).toEqual(['entered'])
})

it('finishes running work when it is stopped, and leases nothing more', async () => {
  const gate = makeGate<string>()
  const rig = await makeRig(() => gate.promise)
  await rig.push('a', 'b')
  const ended = rig.start()
  await settle()
  rig.stop.abort()
  await settle()
  gate.open('done')
  await ended
  expect(await rig.result('a')).toEqual({ tag: 'Made', text: 'done' })
  expect(await rig.events('b')).toEqual(['entered'])
})

it('gives back, uncharged, what does not end within the grace time', async () => {
  const seen: AbortSignal[] = []
  const rig = await makeRig(
    (_, { signal }) => {
      seen.push(signal)
      return new Promise(() => {})
    },
    { graceMs: 700 },
  )
  await rig.push('a')
  const ended = rig.start()
  await settle()
  rig.stop.abort()
  await rig.clock.advance(699)
  expect(seen[0]!.aborted).toBe(false)
  await rig.clock.advance(1)
  await ended
  expect(seen[0]!.aborted).toBe(true)
  expect(await rig.row('a')).toMatchObject({ status: 'ready', attempts: 0, suspect: false })
  expect(await rig.events('a')).toEqual(['entered', 'released'])
})

it('gives back what a lease brings after the stop', async () => {
  const answer = makeGate()
  let began = false
  const rig = await makeRig(
    (text) => {
      began = true
      return text
    },
    {
      over: (backend) => ({
        ...backend,
        async lease(queue, request) {
          const rows = await backend.lease(queue, request)
          await answer.promise
          return rows
        },
      }),
    },
  )
  await rig.push('a')
  const ended = rig.start()
  await settle()
  rig.stop.abort()
  answer.open()
  await ended
  expect(began).toBe(false)
  expect(await rig.row('a')).toMatchObject({ status: 'ready', attempts: 0 })
})

it('stops with a line in the log when its backend is closed under it, and asks nothing again', async () => {
  const gate = makeGate()
  const errors: string[] = []
  const log = { ...silent, error: (message: string) => void errors.push(message) }
  let begun = 0
  const work = async () => {
    begun++
    await gate.promise
    return 'made'
  }
  const rig = await makeRig(work, { log, concurrency: 1 })
  await rig.push('a', 'b')
  const ended = rig.start()
  await until(() => begun === 1)
  await rig.inner.close()
  gate.open()
  await ended
  expect(errors).toEqual([
    'The outcome of a message could not be recorded; its lease runs out.',
    'The backend was closed while a worker ran; the worker stops.',
  ])
})

it('keeps in memory, too, the leases of a process whose event loop was busy for longer than they last', async () => {
  notOverHttp('Its server stands still as well, so that it takes for gone what was renewed meanwhile.')
  const backend = await openUsual()
  const work = async (id: string) => {
    const until = performance.now() + 400
    if (id === 'busy') while (performance.now() < until);
    else await gate.promise
    return id
  }
  const gate = makeGate()
  const io = { input: z.string(), output: z.string() }
  const stage = worker({ ...io, concurrency: 3, leaseMs: 100, process: work })
  const queues = await makeQueues(stage, backend, 'w')
  const stop = new AbortController()
  await queues.input.push('slow', 'slow')
  const ended = queues.artifacts()(stop.signal)
  await until(async () => (await backend.count('w/main'))[0]!.leased === 1)
  await queues.input.push('busy', 'busy')
  await until(async () => (await backend.count('w/output'))[0]!.ready === 1)
  await queues.input.push('next', 'busy')
  await until(async () => (await backend.count('w/output'))[0]!.ready === 2)
  gate.open()
  await until(async () => (await backend.count('w/output'))[0]!.ready === 3)
  stop.abort()
  await ended
  const { lines } = (await backend.journey('w', 'slow'))!
  expect(lines.map(({ event }) => event)).toEqual(['entered', 'moved'])
})
