import { expect, it } from 'vitest'
import type { WriteQueue } from '../../src/index.ts'
import { makeBatchRig, makeGate, makeRig, settle, until } from './stage-rig.ts'

const steady = { attempts: 3, minMs: 1000, maxMs: 1000, factor: 1 }

it('lets children enter in the commit of the hop, and not if the attempt fails', async () => {
  const rig = await makeRig(
    async (text, { also, attempt, id }) => {
      if (id !== 'parent') return text
      await also(rig.queues.input, 'child', { tag: 'Wanted', text: 'of the parent' }, { priority: 3 })
      if (attempt === 1) throw Object.assign(new Error('no'), { retryAfterMs: 1000 })
      return text
    },
    { retry: steady },
  )
  await rig.push('parent')
  rig.start()
  await until(async () => (await rig.row('parent'))?.attempts === 1)
  expect(await rig.inner.journey('make', 'child')).toBeUndefined()
  await rig.clock.advance(1000)
  await until(() => rig.result('child'))
  expect(await rig.inner.journey('make', 'child')).toMatchObject({ parent: 'parent' })
})

it('fails if a child is refused, and leaves nothing half done', async () => {
  const rig = await makeRig(async (text, { also, id }) => {
    if (id === 'parent') await also(rig.queues.input, 'known', { tag: 'Wanted', text })
    return text
  })
  await rig.push('known', 'parent')
  rig.start()
  await until(async () => (await rig.row('parent'))?.attempts === 1)
  expect(await rig.row('parent')).toMatchObject({ status: 'delayed', error: { code: 'conflict' } })
  await expect(rig.result('parent')).resolves.toBeUndefined()
})

type Wanted = { readonly tag: 'Wanted'; readonly text: string }

it('lets a child enter that the handler did not await, however late its entry is planned', async () => {
  const gate = makeGate()
  const rig = await makeRig((text, { also, id }) => {
    if (id !== 'parent') return text
    const { input } = rig.queues
    const slow: WriteQueue<Wanted> = {
      ...input,
      plan: (...entry) => gate.promise.then(() => input.plan(...entry)),
    }
    void also(slow, 'first', { tag: 'Wanted', text })
    void also(input, 'second', { tag: 'Wanted', text })
    return text
  })
  await rig.push('parent')
  rig.start()
  await settle()
  expect(await rig.row('parent')).toMatchObject({ status: 'leased' })
  gate.open()
  await until(async () => (await rig.result('first')) && (await rig.result('second')))
  expect(await rig.result('parent')).toBeDefined()
})

it('fails if a child is refused that the handler did not await', async () => {
  const rig = await makeRig((text, { also }) => {
    void also(rig.queues.input, 'child', { tag: 'Wanted', text: 7 as unknown as string })
    return text
  })
  await rig.push('parent')
  rig.start()
  await until(async () => (await rig.row('parent'))?.attempts === 1)
  expect(await rig.row('parent')).toMatchObject({ status: 'delayed', error: { code: 'invalid' } })
})

it('goes on without a child whose refusal was looked at', async () => {
  const rig = await makeRig(async (text, { also }) => {
    await also(rig.queues.input, 'child', { tag: 'Wanted', text: 7 as unknown as string }).catch(() => {})
    return text
  })
  await rig.push('parent')
  rig.start()
  await until(() => rig.result('parent'))
  expect(await rig.inner.journey('make', 'child')).toBeUndefined()
})

it('refuses a child that comes when the attempt has ended', async () => {
  let late: (() => Promise<void>) | undefined
  const rig = await makeRig((text, { also }) => {
    late = () => also(rig.queues.input, 'child', { tag: 'Wanted', text })
    return text
  })
  await rig.push('parent')
  rig.start()
  await until(() => rig.result('parent'))
  await expect(late!()).rejects.toMatchObject({
    code: 'conflict',
    message: 'Token "child" came too late to enter with the hop of token "parent": that attempt has ended.',
  })
})

it('fails, of a batch, only those whose child is refused', async () => {
  const rig = await makeBatchRig(2, async (texts, ctxs) => {
    void ctxs[0]!.also(rig.queues.input, 'good', { tag: 'Wanted', text: 'good' })
    void ctxs[1]!.also(rig.queues.input, 'bad', { tag: 'Wanted', text: 7 as unknown as string })
    return texts
  })
  await rig.push('a', 'b')
  rig.start()
  await until(async () => (await rig.row('b'))?.attempts === 1)
  await until(() => rig.result('a'))
  expect(await rig.inner.journey('make', 'good')).toMatchObject({ parent: 'a' })
})
