import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { builtFile } from '../../built.ts'
import { newPath, until } from './fixture.ts'
import { openOrders } from './guest-shop.ts'

/** Another process, see `guest-process.ts`. */
function start(path: string, what: 'all' | 'some' | 'slowly' | 'stop', ids: readonly string[]) {
  const child = spawn(
    process.execPath,
    [builtFile('test/backends/sqlite/guest-process.ts'), path, what, ...ids],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

const idsOf = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}-${n}`)

/** The shop, and how long each order has waited until it was worked on, in milliseconds. */
async function openWorking(path: string) {
  const waitedMs: number[] = []
  const shop = await openOrders(path, (at) => {
    waitedMs.push(Date.now() - at)
    return at
  })
  const stop = new AbortController()
  const ended = shop.queues.artifacts()(stop.signal)
  onTestFinished(async () => {
    stop.abort()
    await ended
    await shop.close()
  })
  const paid = async () =>
    (await shop.backend.list('shop/output', { limit: 1000 })).rows.map(({ id }) => id).sort()
  return { ...shop, waitedMs, paid }
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!

// The poll that is there for watches that fail looks once a second.
const wokenMs = 300

test('an idle worker is woken by the commit of another process that has entered a token', async () => {
  const path = await newPath()
  const { waitedMs, paid } = await openWorking(path)
  const ids = idsOf('a', 9)
  start(path, 'slowly', ids)
  await until(async () => (await paid()).length === ids.length, 'all were paid')
  expect(median(waitedMs)).toBeLessThan(wokenMs)
})

test('an idle worker is woken by the commit of a caller in its own process', async () => {
  const { place, waitedMs, paid } = await openWorking(await newPath())
  for (const [n, id] of idsOf('a', 9).entries()) {
    place(id)
    await until(async () => (await paid()).length === n + 1, 'it was paid')
  }
  expect(median(waitedMs)).toBeLessThan(wokenMs)
})

test('a process that is killed within its transaction has entered nothing', async () => {
  const path = await newPath()
  const { orders, place, paid } = await openWorking(path)
  const child = start(path, 'stop', ['lost'])
  await once(child.stdout!, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  place('kept')
  await until(async () => (await paid()).length > 0, 'the other was paid')
  expect([orders(), await paid()]).toEqual([['kept'], ['kept']])
})

test('of what processes place and take back beside each other exactly the orders are paid', async () => {
  const path = await newPath()
  const { orders, paid } = await openWorking(path)
  const children = ['a', 'b', 'c'].map((name) => start(path, 'some', idsOf(name, 60)))
  const ends = await Promise.all(children.map((child) => once(child, 'exit')))
  expect(ends.map(([code]) => code)).toEqual([0, 0, 0])
  await until(async () => (await paid()).length >= orders().length, 'all were paid')
  expect(orders()).toHaveLength(120)
  expect(await paid()).toEqual(orders())
})
