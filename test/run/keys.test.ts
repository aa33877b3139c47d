import { expect, it } from 'vitest'
import * as z from 'zod'
import { makeQueues, oneOf, state, worker, workflow, wrapped } from '../../src/index.ts'
import { openUsual } from '../on/open.ts'
import { makeBatchRig, until } from './stage-rig.ts'

const Left = state('Left', z.object({ n: z.number() }))
const None = state('None', z.object({}))
const io = { input: z.number(), output: z.number() }

it('gives each stay a key, and the token one for the stage, however its attempts end', async () => {
  const keys: string[] = []
  const count = worker({
    ...io,
    retry: { attempts: 2, minMs: 0, maxMs: 0 },
    process: (n, { attempt, key, stageKey }) => {
      keys.push(`${key} ${stageKey}`)
      if (n === 2 && attempt === 1) throw new Error('again')
      return n - 1
    },
  })
  const once = worker({ ...io, process: (_, { stageKey }) => keys.push(stageKey) })
  const Rest = state('Rest', z.object({}))
  const flow = workflow({
    input: Left,
    output: None,
    stages: {
      count: wrapped(count, {
        input: Left,
        output: oneOf(Left, Rest),
        pre: ({ n }) => n,
        post: (_, n) => (n > 0 ? Left({ n }) : Rest({})),
      }),
      once: wrapped(once, { input: Rest, output: None, pre: () => 0, post: () => None({}) }),
    },
  })
  const { input, output, artifacts } = await makeQueues(flow, await openUsual(), 'flow')
  const stop = new AbortController()
  const running = Object.values(artifacts()).map((run) => run(stop.signal))
  await input.push('a', Left({ n: 2 }))
  await output.read()
  const counted = ['a:1 a@flow/count', 'a:1 a@flow/count', 'a:2 a@flow/count']
  expect(keys).toEqual([...counted, 'a@flow/once'])
  await input.push('a', Left({ n: 1 }), { enter: 'replace' })
  await output.read()
  expect(keys.slice(4)).toEqual(['a:5 a@flow/count', 'a@flow/once'])
  stop.abort()
  await Promise.all(running)
})

it('gives each message of a batch its own keys', async () => {
  const rig = await makeBatchRig(2, async (_, ctxs) => ctxs.map(({ key, stageKey }) => `${key} ${stageKey}`))
  await rig.push('a', 'b')
  rig.start()
  await until(async () => (await rig.finished()) === 2)
  expect(await rig.result('b')).toEqual({ tag: 'Made', text: 'b:1 b@make/main' })
})
