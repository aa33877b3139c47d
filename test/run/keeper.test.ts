import { expect, it } from 'vitest'
import { memory } from '../../src/backends/memory.ts'
import type { Backend, Fence } from '../../src/index.ts'
import { makeKeeper } from '../../src/run/keeper.ts'
import { silent } from '../../src/run/log.ts'
import { FakeClock } from '../../src/testing/index.ts'

const fence = (id: string): Fence => ({ queue: 'q', id, hop: 1, lease: 1 })

function open(extend: () => readonly Fence[], keep?: Backend['keep']) {
  const clock = new FakeClock()
  let beats = 0
  const backend = {
    ...memory({ clock }),
    extend: async () => {
      beats++
      return extend()
    },
    ...(keep && { keep }),
  }
  const warnings: string[] = []
  const log = { ...silent, warn: (message: string) => warnings.push(message) }
  const keeper = makeKeeper({ backend, owner: 'me', clock, log })
  return { clock, keeper, warnings, beats: () => beats }
}

it('renews at a third of the shortest lease, and only while something is held', async () => {
  const { clock, keeper, beats } = open(() => [fence('a'), fence('b')])
  await clock.advance(60_000)
  expect(beats()).toBe(0)
  const a = keeper.hold(fence('a'), 30_000, () => {})
  await clock.advance(30_000)
  expect(beats()).toBe(3)
  const b = keeper.hold(fence('b'), 3000, () => {})
  await clock.advance(10_000)
  expect(beats()).toBe(13)
  keeper.drop(a)
  keeper.drop(b)
  await clock.advance(10_000)
  expect(beats()).toBe(13)
})

it('calls a lease lost when two reports in a row do not name it, once', async () => {
  let held: readonly Fence[] = [fence('a')]
  const { clock, keeper } = open(() => held)
  const lost: string[] = []
  keeper.hold(fence('a'), 3000, () => lost.push('a'))
  keeper.hold(fence('b'), 3000, () => lost.push('b'))
  await clock.advance(1000)
  held = [fence('a'), fence('b')]
  await clock.advance(1000)
  held = [fence('a')]
  await clock.advance(1000)
  expect(lost).toEqual([])
  await clock.advance(1000)
  expect(lost).toEqual(['b'])
  await clock.advance(5000)
  expect(lost).toEqual(['b'])
})

it('does not take a later lease on the same message for the one that was lost', async () => {
  const { clock, keeper } = open(() => [{ ...fence('a'), lease: 2 }])
  let lost = false
  keeper.hold(fence('a'), 3000, () => (lost = true))
  await clock.advance(2000)
  expect(lost).toBe(true)
})

it('goes on when leases could not be renewed, and does not call them lost for that', async () => {
  let down = true
  const { clock, keeper, warnings } = open(() => {
    if (down) throw new Error('down')
    return [fence('a')]
  })
  let lost = false
  keeper.hold(fence('a'), 3000, () => (lost = true))
  await clock.advance(5000)
  expect(warnings).toHaveLength(5)
  down = false
  await clock.advance(5000)
  expect([lost, warnings.length]).toEqual([false, 5])
})

it('renews no more once it is stopped', async () => {
  const { clock, keeper, beats } = open(() => [fence('a')])
  keeper.hold(fence('a'), 3000, () => {})
  await clock.advance(1000)
  keeper.stop()
  await clock.advance(5000)
  expect(beats()).toBe(1)
})

it('leaves the renewing to a backend that can do so elsewhere', async () => {
  const asked: [string, number][] = []
  let stops = 0
  let report: (fences: readonly Fence[]) => void = () => {}
  const { clock, keeper, beats } = open(
    () => [],
    (owner, everyMs, held) => {
      asked.push([owner, everyMs])
      report = held
      return () => void stops++
    },
  )
  let lost = false
  keeper.hold(fence('a'), 30_000, () => (lost = true))
  keeper.hold(fence('b'), 3000, () => {})
  keeper.hold(fence('c'), 6000, () => {})
  expect([asked, stops]).toEqual([
    [
      ['me', 10_000],
      ['me', 1000],
    ],
    1,
  ])
  await clock.advance(60_000)
  expect(beats()).toBe(0)
  report([])
  expect(lost).toBe(false)
  report([])
  expect(lost).toBe(true)
})

it('goes on holding what a newer version of the workflow calls by another name', async () => {
  const { clock, keeper } = open(() => [{ ...fence('a'), queue: 'renamed' }])
  const lost: string[] = []
  keeper.hold(fence('a'), 3000, () => lost.push('a'))
  await clock.advance(10_000)
  expect(lost).toEqual([])
})
