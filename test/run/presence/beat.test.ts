import { expect, it } from 'vitest'
import type { Backend } from '../../../src/index.ts'
import { BackendError } from '../../../src/queue/errors.ts'
import { beat } from '../../../src/run/presence/beat.ts'
import { processesOf, slotsOf } from '../../../src/run/presence/processes.ts'
import type { Runtime } from '../../../src/run/runtime.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { openUsual } from '../../on/open.ts'

async function rig(change: (backend: Backend) => Partial<Backend> = () => ({})) {
  const clock = new FakeClock()
  const inner = await openUsual({ clock })
  const backend = { ...inner, ...change(inner) }
  const warnings: string[] = []
  const log = { warn: (message: string) => warnings.push(message) }
  const runtimeOf = (owner: string) =>
    ({ backend, workflow: 'w', owner, deploy: 3, clock, log }) as unknown as Runtime
  return { clock, backend, warnings, runtimeOf }
}

it('a process is there as long as it beats, with what it works on, and gone when it ends', async () => {
  const { clock, backend, runtimeOf } = await rig()
  const startedAt = clock.now()
  const ends = ['a', 'b'].map((owner) => beat(runtimeOf(owner), { name: owner, stages: { q: 4 } }))
  await clock.advance(120_000)
  const found = await processesOf(backend, 'w')
  expect(found.map(({ owner, name, deploy, startedAt }) => ({ owner, name, deploy, startedAt }))).toEqual([
    { owner: 'a', name: 'a', deploy: 3, startedAt },
    { owner: 'b', name: 'b', deploy: 3, startedAt },
  ])
  expect([slotsOf(found, 'q'), slotsOf(found, 'other')]).toEqual([8, undefined])
  await ends[0]!()
  expect((await processesOf(backend, 'w')).map(({ owner }) => owner)).toEqual(['b'])
  await clock.advance(60_000)
  expect((await processesOf(backend, 'w')).map(({ owner }) => owner)).toEqual(['b'])
  await ends[1]!()
})

it('a process that is killed is forgotten after half a minute', async () => {
  const { clock, backend, runtimeOf } = await rig()
  beat(runtimeOf('a'), { stages: {} })
  await clock.advance(0)
  expect(await processesOf(backend, 'w')).toHaveLength(1)
  // Its timer is gone with it; those who look see the time pass.
  clock.jump(36_000)
  expect(await processesOf(backend, 'w')).toEqual([])
})

it('goes on after a beat that failed, with a warning', async () => {
  let isDown = false
  const { clock, backend, warnings, runtimeOf } = await rig((inner) => ({
    commit: (changes) => (isDown ? Promise.reject(new BackendError('It is down.')) : inner.commit(changes)),
  }))
  const end = beat(runtimeOf('a'), { stages: { q: null } })
  await clock.advance(1000)
  isDown = true
  await clock.advance(10_000)
  isDown = false
  await clock.advance(30_000)
  expect(warnings).toEqual(['It could not be recorded that this process works.'])
  expect(slotsOf(await processesOf(backend, 'w'), 'q')).toBe(0)
  await end()
})

it('what is no process is passed over', async () => {
  const { backend } = await rig()
  for (const [n, value] of [
    null,
    7,
    {},
    { host: 'h', pid: 1, deploy: 1, startedAt: 1, stages: null },
  ].entries())
    await backend.commit([{ kind: 'put', workflow: 'w', key: `process/${n}`, value, forMs: 1000 }])
  expect(await processesOf(backend, 'w')).toEqual([])
})
