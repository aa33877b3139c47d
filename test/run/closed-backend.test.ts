import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { memory } from '../../src/backends/memory.ts'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { type Backend, makeQueues, stage, worker } from '../../src/index.ts'
import { silent } from '../../src/run/log.ts'
import { settle } from './stage-rig.ts'

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  memory: async () => memory(),
  sqlite: () => {
    const folder = mkdtempSync(join(tmpdir(), 'pipewright-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    return sqlite(join(folder, 'queues.db'))
  },
}
const io = { input: z.string(), output: z.string() }

it.each(Object.keys(backends))('ends what idles when its backend is closed (%s)', async (kind) => {
  const backend = await backends[kind]!()
  const errors: string[] = []
  const log = { ...silent, error: (message: string) => void errors.push(message) }
  const work = await makeQueues(worker({ ...io, process: (text) => text }), backend, 'work', { log })
  const hand = await makeQueues(stage({ ...io, artifact: (ends) => ends }), backend, 'hand', { log })
  const working = work.artifacts()(new AbortController().signal)
  const reading = [hand.artifacts().input.read(), hand.output.read()]
  await settle()
  const refused = reading.map((each) =>
    expect(each).rejects.toMatchObject({ code: 'backend', isClosed: true }),
  )
  await backend.close()
  await Promise.all([working, ...refused])
  expect(errors).toEqual(['The backend was closed while a worker ran; the worker stops.'])
})
