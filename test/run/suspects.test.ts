import { expect, it } from 'vitest'
import { makeGate, makeRig, settle, until } from './stage-rig.ts'

it('runs a message whose worker crashed alone, after all that runs has ended', async () => {
  const running = new Set<string>()
  const beside = new Map<string, string[]>()
  const gates = new Map<string, ReturnType<typeof makeGate<void>>>()
  const rig = await makeRig(
    async (text) => {
      beside.set(text, [...running])
      running.add(text)
      const gate = makeGate<void>()
      gates.set(text, gate)
      await gate.promise
      running.delete(text)
      return text
    },
    { concurrency: 4 },
  )
  await rig.push('bad', 'worse')
  expect(await rig.crash()).toEqual(['bad', 'worse'])
  await rig.push('a', 'b')
  rig.start()
  await until(() => running.size === 2)
  await rig.clock.advance(1000)
  await rig.push('c')
  await settle()
  expect([...running], 'nothing starts while a suspect waits').toEqual(['a', 'b'])
  gates.get('a')!.open()
  await settle()
  expect([...running]).toEqual(['b'])
  gates.get('b')!.open()
  await until(() => running.has('bad'))
  expect([...running]).toEqual(['bad'])
  gates.get('bad')!.open()
  await until(() => running.has('worse') || running.has('c'))
  gates.get('c')?.open()
  await until(() => running.has('worse'))
  expect(beside.get('worse')).toEqual([])
  await settle()
  expect([...running]).toEqual(['worse'])
  gates.get('worse')!.open()
  await until(() => running.has('c') || gates.has('c'))
  gates.get('c')!.open()
  await until(async () => (await rig.finished()) === 5)
})

it('runs suspects of two stages one after the other, whichever loop they are of', async () => {
  const running = new Set<string>()
  let most = 0
  const gate = makeGate<void>()
  const work = async (text: string) => {
    most = Math.max(most, running.add(text).size)
    await gate.promise
    running.delete(text)
    return text
  }
  const [one, two] = [await makeRig(work), await makeRig(work)]
  for (const rig of [one, two]) {
    await rig.push(rig === one ? 'one' : 'two')
    await rig.crash()
    // An ordinary lease is what finds that the other one's has run out.
    await rig.inner.lease('make/main', { owner: 'x', leaseMs: 1000, timeoutMs: 1000, suspects: 'exclude' })
    rig.start()
  }
  await one.clock.advance(1000)
  await two.clock.advance(1000)
  await settle()
  expect(running.size).toBe(1)
  gate.open()
  await until(async () => (await one.finished()) + (await two.finished()) === 2)
  expect(most).toBe(1)
})

it('fails a message for good when its worker crashed three times while it was alone', async () => {
  const rig = await makeRig((text) => text)
  await rig.push('bad')
  for (let crash = 1; crash <= 4; crash++) expect(await rig.crash()).toEqual(['bad'])
  rig.start()
  await rig.clock.advance(1000)
  await until(() => rig.result('bad'))
  expect(await rig.result('bad')).toMatchObject({ tag: 'Refused', kind: 'crash', attempts: 0 })
  expect((await rig.events('bad')).at(-1)).toBe('failed')
})

it('clears a suspect that ends well of its suspicion, and charges one that fails cleanly', async () => {
  const rig = await makeRig(() => Promise.reject(new Error('no')), {
    retry: { minMs: 60_000, maxMs: 60_000 },
  })
  await rig.push('bad')
  await rig.crash()
  rig.start()
  await rig.clock.advance(1000)
  await until(async () => (await rig.row('bad'))?.attempts === 1)
  expect(await rig.row('bad')).toMatchObject({ suspect: false, crashes: 0 })
})

it('asks for no suspect in a paused queue', async () => {
  let asked = 0
  const rig = await makeRig((text) => text, {
    over: (backend) => ({
      ...backend,
      lease(queue, request) {
        if (request.suspects === 'only') asked++
        return backend.lease(queue, request)
      },
    }),
  })
  await rig.push('bad')
  await rig.crash()
  await rig.inner.lease('make/main', { owner: 'x', leaseMs: 1000, timeoutMs: 1000, suspects: 'exclude' })
  await rig.inner.pause('make/main', true)
  rig.start()
  await rig.clock.advance(3000)
  expect(asked).toBe(0)
  await rig.inner.pause('make/main', false)
  await rig.clock.advance(1000)
  await until(() => rig.result('bad'))
})

it('asks for no suspect where none is', async () => {
  let asked = 0
  const rig = await makeRig((text) => text, {
    over: (backend) => ({
      ...backend,
      lease(queue, request) {
        if (request.suspects === 'only') asked++
        return backend.lease(queue, request)
      },
    }),
  })
  await rig.push('held', 'ready')
  await rig.inner.lease('make/main', { owner: 'x', leaseMs: 60_000, timeoutMs: 60_000 })
  rig.start()
  await rig.clock.advance(3000)
  expect(asked).toBe(0)
})

it('goes on when suspects could not be looked for', async () => {
  let down = true
  const rig = await makeRig((text) => text, {
    over: (backend) => ({
      ...backend,
      list: (queue, page) => (down ? Promise.reject(new Error('down')) : backend.list(queue, page)),
    }),
  })
  await rig.push('bad')
  await rig.crash()
  rig.start()
  await rig.clock.advance(2000)
  down = false
  await rig.clock.advance(1000)
  await until(() => rig.result('bad'))
})

it('gives back, uncharged, a suspect that comes after the stop, and only then has ended', async () => {
  const answer = makeGate<void>()
  let asked = false
  let ended = false
  const rig = await makeRig((text) => text, {
    over: (backend) => ({
      ...backend,
      async lease(queue, request) {
        const rows = await backend.lease(queue, request)
        if (request.suspects === 'only') {
          asked = true
          await answer.promise
        }
        return rows
      },
    }),
  })
  await rig.push('bad')
  await rig.crash()
  void rig.start().then(() => (ended = true))
  await rig.clock.advance(1000)
  await until(() => asked)
  rig.stop.abort()
  await settle()
  expect(ended).toBe(false)
  answer.open()
  await until(() => ended)
  expect(await rig.row('bad')).toMatchObject({ status: 'ready', suspect: true, crashes: 0, attempts: 0 })
})
