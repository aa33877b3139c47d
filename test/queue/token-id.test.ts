import { expect, it } from 'vitest'
import * as z from 'zod'
import { makeQueues, type WorkContext, type WriteQueue, worker } from '../../src/index.ts'
import { checkId } from '../../src/queue/token-id.ts'
import { openUsual } from '../on/open.ts'

it.each([
  'a',
  '0',
  '...',
  '.env',
  'a..b',
  'a/b',
  '/x',
  '%2e%2e',
  'ünï 😀',
  'x'.repeat(255),
  '😀'.repeat(255),
])('takes %j for an id', (id) => checkId(id))

it.each(['', 'a\nb', '\u0000', '\u007f', 'x'.repeat(256), '\ud800', 7, null])('refuses %j as an id', (id) => {
  expect(() => checkId(id as string)).toThrow('cannot enter: an id is 1 to 255 characters long')
})

it.each(['.', '..', './scans/page-1.tif', 'box/./page-2.tif', '../x', 'x/..', '..\\x'])(
  'refuses %j, which would be another one in a path',
  (id) => {
    expect(() => checkId(id)).toThrow(
      `Token ${JSON.stringify(id)} cannot enter: no part of an id is "." or "..": leave them out.`,
    )
  },
)

it('has one rule for tokens that are pushed and for their children', async () => {
  const backend = await openUsual()
  const refusals: unknown[] = []
  const split = worker({
    input: z.string(),
    output: z.string(),
    retry: { attempts: 1 },
    process: async (text, { also, input }: { input: WriteQueue<string> } & WorkContext) => {
      await also(input, './page-1.tif', text).catch((refusal) => refusals.push(refusal))
      return text
    },
  })
  const queues = await makeQueues(split, backend, 'split')
  await expect(queues.input.push('./book', 'x')).rejects.toMatchObject({ code: 'invalid', id: './book' })
  await queues.input.push('book', 'x')
  const stop = new AbortController()
  const running = queues.artifacts({ input: queues.input })(stop.signal)
  expect(await queues.output.read()).toMatchObject({ id: 'book' })
  stop.abort()
  await running
  expect(refusals).toMatchObject([{ code: 'invalid', id: './page-1.tif' }])
})
