import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { makeQueues, premap, type Schema, worker, wrapped } from '../../src/index.ts'
import { openUsual } from '../on/open.ts'
import { Made, makeBatchRig, makeRig, until, Wanted } from './stage-rig.ts'

/** What a query builder gives: no promise of this realm, and nothing is done until `then` is called. */
function query<T>(work: () => T): Promise<T> {
  let times = 0
  const later = () =>
    Promise.resolve().then(() => {
      if (++times > 1) throw new Error('The query ran twice.')
      return work()
    })
  // biome-ignore lint/suspicious/noThenProperty: that is what this is about
  const lazy = { then: (...args: Parameters<Promise<T>['then']>) => later().then(...args) }
  return lazy as Promise<T>
}

const elsewhere = (code: string) => runInNewContext(`Promise.resolve().then(() => ${code})`)

it('awaits every result of a handler that has a `then`', async () => {
  const rig = await makeRig((text) => (text === 'lazy' ? query(() => 'done') : elsewhere('"done"')))
  await rig.push('lazy', 'foreign')
  rig.start()
  await until(async () => (await rig.finished()) === 2)
  expect(await rig.result('lazy')).toEqual({ tag: 'Made', text: 'done' })
  expect(await rig.result('foreign')).toEqual({ tag: 'Made', text: 'done' })
})

it('takes the failure of such a promise for that of the attempt', async () => {
  const refuse = () => {
    throw new TypeError('the update was refused')
  }
  const rig = await makeRig((text) => (text === 'lazy' ? query(refuse) : elsewhere('null.foo')))
  await rig.push('lazy', 'foreign')
  rig.start()
  await until(async () => (await rig.row('foreign'))?.attempts === 1)
  const error = { kind: 'error', name: 'TypeError', message: 'the update was refused' }
  expect(await rig.row('lazy')).toMatchObject({ attempts: 1, error })
  expect((await rig.row('foreign'))!.error).toMatchObject({ name: 'TypeError' })
})

it('awaits what a batch returns, and takes errors of any realm for errors', async () => {
  const rig = await makeBatchRig(2, (texts) => query(() => [texts[0]!, runInNewContext('new Error("no")')]))
  await rig.push('a', 'b')
  rig.start()
  await until(async () => (await rig.row('b'))?.attempts === 1)
  await until(() => rig.result('a'))
  expect((await rig.row('b'))!.error).toMatchObject({ name: 'Error', message: 'no' })
})

const Shown = {
  ...Wanted,
  '~standard': { ...Wanted['~standard'], validate: validateLazily },
} as typeof Wanted

function validateLazily(value: unknown) {
  return query(() => Wanted['~standard'].validate(value))
}

it('awaits `pre`, `post`, `failed.as`, schemas and the functions of views', async () => {
  const text = z.string() as Schema<string>
  const process = (said: string) => {
    if (said === 'bad') throw Object.assign(new Error('no'), { retry: false })
    return said
  }
  const flow = wrapped(worker({ input: text, output: text, process }), {
    input: Shown,
    output: Made,
    pre: (state) => query(() => state.text),
    post: (_, said) => query(() => Made({ text: `${said} made` })),
    failed: { to: Made, as: (_, { message }) => query(() => Made({ text: message })) },
  })
  const { input, output, artifacts } = await makeQueues(flow, await openUsual(), 'lazy')
  const stop = new AbortController()
  const running = artifacts()(stop.signal)
  const words = premap(input, (said: string) => query(() => Wanted({ text: said })))
  await words.push('good', 'good')
  expect((await output.read()).value).toEqual({ tag: 'Made', text: 'good made' })
  await words.push('bad', 'bad')
  expect((await output.read()).value).toEqual({ tag: 'Made', text: 'no' })
  stop.abort()
  await running
})
