import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { type Backend, makeQueues, stage, worker } from '../../src/index.ts'
import type { Ends } from '../../src/pipeline/make-ends.ts'
import { silent } from '../../src/run/log.ts'
import type { SuspectsPlace } from '../../src/run/runtime.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { openersOf } from '../on/open.ts'
import { settle, until } from './stage-rig.ts'

// Code that asks only now and then, or is not notified when its process closes the backend, must not wait for ever.

const io = { input: z.string(), output: z.string() }
const idle = worker({ ...io, process: (text) => text })
const byHand = stage({ ...io, artifact: (ends: Ends<string, string>) => ends })

const opening = openersOf('memory', 'sqlite')

const stops = 'The backend was closed while a worker ran; the worker stops.'

/** A backend that calls no listener at `close`. */
const silenced = (backend: Backend): Backend => ({ ...backend, watch: () => () => {} })

describe.each(Object.keys(opening))('on %s that is closed', (kind) => {
  async function open(over = (backend: Backend) => backend, suspects?: SuspectsPlace) {
    const clock = new FakeClock()
    const backend = await opening[kind]!({ clock })
    onTestFinished(() => backend.close())
    const errors: string[] = []
    const log = { ...silent, error: (message: string) => void errors.push(message) }
    const options = { clock, log, ...(suspects && { suspects }) }
    return { backend, clock, errors, over: over(backend), options }
  }

  async function expectToEnd({ backend, clock, errors, options, over }: Awaited<ReturnType<typeof open>>) {
    const queues = await makeQueues(idle, over, 'w', options)
    let hasEnded = false
    void queues
      .artifacts()(new AbortController().signal)
      .then(() => (hasEnded = true))
    await settle()
    await backend.close()
    await clock.advance(2000)
    await until(() => hasEnded)
    expect(errors).toEqual([stops])
  }

  it.each(['here', 'elsewhere', 'only'] as const)('an idle worker ends (suspects: %s)', async (suspects) => {
    await expectToEnd(await open(undefined, suspects))
  })

  it('an idle worker that no watch wakes ends with the next look', async () => {
    await expectToEnd(await open(silenced))
  })

  it('a worker and reads that are woken end at once', async () => {
    const { backend, errors, options } = await open()
    const work = await makeQueues(idle, backend, 'work', options)
    const hand = await makeQueues(byHand, backend, 'hand', options)
    const working = work.artifacts()(new AbortController().signal)
    const reading = [hand.artifacts().input.read(), hand.output.read()]
    await settle()
    const refused = reading.map((each) =>
      expect(each).rejects.toMatchObject({ code: 'backend', isClosed: true }),
    )
    await backend.close()
    await Promise.all([working, ...refused])
    expect(errors).toEqual([stops])
  })

  it.each(['input', 'output'] as const)('a read that waits at an %s rejects', async (end) => {
    for (const over of [(backend: Backend) => backend, silenced]) {
      const { backend, clock, errors, options, over: used } = await open(over)
      const queues = await makeQueues(byHand, used, 'w', options)
      const { read } = end === 'input' ? queues.artifacts().input : queues.output
      let refused: unknown
      read().catch((error: unknown) => (refused = error))
      await settle()
      await backend.close()
      await clock.advance(2000)
      await until(() => refused)
      expect(refused).toMatchObject({ name: 'BackendError', isClosed: true })
      await expect(read()).rejects.toMatchObject({ name: 'BackendError', isClosed: true })
      await clock.advance(5000)
      expect(errors).toEqual([])
    }
  })
})
