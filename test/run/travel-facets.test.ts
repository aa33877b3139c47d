import { expect, it } from 'vitest'
import * as z from 'zod'
import { memory } from '../../src/backends/memory.ts'
import { makeQueues, review, state, workflow, wrapped } from '../../src/index.ts'

const Broken = state('Broken', z.object({ kind: z.string() }))
const Done = state('Done', z.object({}))

it('a token that is sent on by hand has the facets of what it is now', async () => {
  const facets = ({ kind }: { kind: string }) => ({ kind })
  const desk = review({ input: z.object({ kind: z.string() }), decisions: { close: z.object({}) }, facets })
  const look = wrapped(desk, {
    input: Broken,
    output: Done,
    pre: ({ kind }) => ({ kind }),
    post: () => Done({}),
  })
  const backend = memory()
  const queues = await makeQueues(
    workflow({ input: Broken, output: Done, stages: { look } }),
    backend,
    'flow',
  )
  await queues.input.push('a', Broken({ kind: 'torn' }))
  const marks = async () => (await backend.get('flow/look', 'a'))?.marks
  expect(await marks()).toEqual({ kind: 'torn' })
  await queues.edit('a', Broken({ kind: 'bent' }), { by: 'ann', reason: 'It was wrong.' })
  expect(await marks()).toEqual({ kind: 'bent' })
  await queues.rerun('a', { by: 'ann', reason: 'Once more.', from: 1 })
  expect(await marks()).toEqual({ kind: 'torn' })
})
