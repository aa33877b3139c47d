import { expect, it } from 'vitest'
import * as z from 'zod'
import { makeQueues, review, sequential, state, worker, workflow, wrapped } from '../../src/index.ts'
import { openUsual } from '../on/open.ts'

const Broken = state('Broken', z.object({ note: z.string(), whole: z.string() }))
const Done = state('Done', z.object({}))
const value = z.object({ note: z.string() })
const decisions = { close: z.object({}) }
const around = {
  input: Broken,
  output: Done,
  pre: async ({ note }: { note: string }) => ({ note }),
  post: () => Done({}),
}

/** Whether a token that waits in `stage` is found by each of these words. */
async function finds(stage: Parameters<typeof workflow>[0]['stages'][string], ...words: readonly string[]) {
  const backend = await openUsual()
  const flow = workflow({ input: Broken, output: Done, stages: { look: stage } } as never)
  const { input } = await makeQueues(flow as never, backend, 'flow')
  await input.push('a', Broken({ note: 'Torn page', whole: 'bent' }) as never)
  return Promise.all(
    words.map(async (text) => (await backend.list('flow/look', { only: { text } })).rows.length === 1),
  )
}

it('a stage makes the text of its messages of what it gets; a wrapper of the whole state', async () => {
  const text = ({ note }: { note: string }) => note
  const own = review({ input: value, decisions, text })
  expect(await finds(wrapped(own, around), 'torn', 'bent')).toEqual([true, false])
  const whole = { ...around, text: (state: { whole: string }) => state.whole }
  expect(await finds(wrapped(own, whole), 'torn', 'bent')).toEqual([false, true])
  const busy = worker({ input: value, output: z.null(), text, process: () => null })
  expect(await finds(wrapped(busy, around), 'page', 'bent')).toEqual([true, false])
  expect(await finds(wrapped(review({ input: value, decisions }), around), 'torn')).toEqual([false])
})

it('a text is cut at 10,000 characters, and what is none counts as absent', async () => {
  const long = review({ input: value, decisions, text: () => `torn ${'x '.repeat(6000)} bent` })
  expect(await finds(wrapped(long, around), 'torn', 'bent')).toEqual([true, false])
  for (const none of ['', 7, undefined]) {
    const odd = review({ input: value, decisions, text: () => none as string })
    expect(await finds(wrapped(odd, around), 'torn', '7')).toEqual([false, false])
  }
})

it('a wrapper around several stages has no text', () => {
  const busy = () => worker({ input: value, output: value, process: (value) => value })
  expect(() =>
    wrapped(sequential([busy(), busy()] as never), { ...around, text: () => 'x' } as never),
  ).toThrow(/^A text is of the messages of one stage, .* give it to the wrapper of the stage/)
})
