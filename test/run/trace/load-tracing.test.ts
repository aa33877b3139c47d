import { expect, it, vi } from 'vitest'
import * as z from 'zod'
import { makeQueues, worker } from '../../../src/index.ts'
import { openUsual } from '../../on/open.ts'

vi.mock('@opentelemetry/api', () => {
  throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
})

it('traces nothing where the package of OpenTelemetry is not installed', async () => {
  const backend = await openUsual()
  const echo = worker({ input: z.string(), output: z.string(), process: (text) => text })
  const { runtime, input, output, artifacts } = await makeQueues(echo, backend, 'w')
  expect(runtime.tracing).toBeUndefined()
  const stop = new AbortController()
  const running = artifacts()(stop.signal)
  await input.push('a', 'x')
  expect((await output.read()).value).toBe('x')
  stop.abort()
  await running
  await backend.close()
})
