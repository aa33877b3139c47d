import { expect, it } from 'vitest'
import * as z from 'zod'
import {
  type Facets,
  makeQueues,
  review,
  sequential,
  state,
  worker,
  workflow,
  wrapped,
} from '../../src/index.ts'
import { openUsual } from '../on/open.ts'

const Broken = state('Broken', z.object({ kind: z.string(), pages: z.number() }))
const Done = state('Done', z.object({}))
const value = z.object({ kind: z.string() })
const decisions = { close: z.object({}) }
const around = {
  input: Broken,
  output: Done,
  pre: ({ kind }: { kind: string }) => ({ kind }),
  post: () => Done({}),
}

/** The marks of a token that waits at the desk of `stage`. */
async function marksAt(stage: Parameters<typeof workflow>[0]['stages'][string], pages = 7) {
  const backend = await openUsual()
  const flow = workflow({ input: Broken, output: Done, stages: { look: stage } } as never)
  const { input } = await makeQueues(flow as never, backend, 'flow')
  await input.push('a', Broken({ kind: 'torn', pages }) as never)
  return (await backend.get('flow/look', 'a'))?.marks
}

it('a stage makes the facets of its messages of what it gets; a wrapper of the whole state', async () => {
  const facets = ({ kind }: { kind: string }): Facets => ({ kind })
  expect(await marksAt(wrapped(review({ input: value, decisions }), around))).toBeUndefined()
  expect(await marksAt(wrapped(review({ input: value, decisions, facets }), around))).toEqual({
    kind: 'torn',
  })
  const whole = { ...around, facets: ({ pages }: { pages: number }) => ({ pages }) }
  expect(await marksAt(wrapped(review({ input: value, decisions, facets }), whole))).toEqual({ pages: 7 })
  const busy = worker({ input: value, output: z.null(), facets, process: () => null })
  expect(await marksAt(wrapped(busy, around))).toEqual({ kind: 'torn' })
})

it('what is no text or number counts as absent, and texts are cut to what a mark can have', async () => {
  const facets = () =>
    ({
      a: undefined,
      b: null,
      c: Number.NaN,
      d: true,
      e: {},
      f: ' ',
      g: `x\0\n${'y'.repeat(300)}`,
      h: 0,
    }) as unknown as Facets
  const marks = await marksAt(wrapped(review({ input: value, decisions }), { ...around, facets }))
  expect(marks).toEqual({ g: `x ${'y'.repeat(198)}`, h: 0 })
})

it('a facet that could not be asked for is refused where the token was to come, with a sentence', async () => {
  for (const name of ['print', 'a b', '1']) {
    const stage = wrapped(review({ input: value, decisions }), { ...around, facets: () => ({ [name]: 1 }) })
    await expect(marksAt(stage)).rejects.toThrow(
      /^The facets of token "a" in queue "flow\/look" have one called /,
    )
  }
})

it('a wrapper around several stages has no messages of its own', () => {
  const two = sequential(
    review({ input: value, decisions }),
    review({ input: z.object({ decision: z.literal('close') }), decisions }),
  )
  expect(() => wrapped(two, { ...around, facets: () => ({}) })).toThrow(
    /^Facets are of the messages of one stage/,
  )
})
