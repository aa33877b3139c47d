import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { builtFile } from '../../built.ts'
import { entering, newPath, openShop, until } from './fixture.ts'

interface Said {
  readonly ready?: true
  readonly done?: string
  readonly to?: string
}

async function startPeer(path: string, hear: (said: Said) => void = () => {}): Promise<ChildProcess> {
  const child = fork(builtFile('test/backends/sqlite/peer-process.ts'), [path], { execArgv: [] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let ready = false
  child.on('message', (said: Said) => {
    ready ||= said.ready === true
    hear(said)
  })
  await until(() => ready, 'the other process is ready')
  return child
}

test('a push in one process wakes a worker in another', async () => {
  const path = await newPath()
  const shop = await openShop(path)
  await startPeer(path)
  const latenciesMs: number[] = []
  for (let n = 0; n < 20; n++) {
    const startedAt = performance.now()
    let arrived = false
    const unwatch = shop.watch(() => {
      void shop.get('shop/done', `id-${n}`).then((row) => (arrived ||= row !== undefined))
    })
    await shop.commit([entering(`id-${n}`)])
    await until(() => arrived, 'the token came through the other process')
    latenciesMs.push(performance.now() - startedAt)
    unwatch()
  }
  // Without being woken, each would take the second of the slow poll.
  expect(latenciesMs.sort((a, b) => a - b)[10]).toBeLessThan(300)
})

test('of what was answered with success nothing is lost, and nothing is twice, when workers are killed', {
  timeout: 60_000,
}, async () => {
  const path = await newPath()
  const shop = await openShop(path)
  const pushed = new Set<string>()
  const told = new Map<string, number>()
  const hear = ({ done, to }: Said) => {
    if (done !== undefined && to === 'shop/done') told.set(done, (told.get(done) ?? 0) + 1)
  }
  const peers = await Promise.all([startPeer(path, hear), startPeer(path, hear)])
  for (let round = 0; round < 4; round++) {
    const ids = Array.from({ length: 100 }, (_, n) => `${round}-${n}`)
    await Promise.all(ids.map((id) => shop.commit([entering(id)]).then(() => pushed.add(id))))
    const before = told.size
    await until(() => told.size > before, 'something was moved')
    const victim = peers[round % 2]!
    victim.kill('SIGKILL')
    await once(victim, 'exit')
    const { rows } = await shop.query('select id, count(*) as n from tokens group by id', 1000)
    expect(rows.filter(([, n]) => n !== 1)).toEqual([])
    expect(rows).toHaveLength(pushed.size)
    peers[round % 2] = await startPeer(path, hear)
  }
  await until(async () => (await shop.count('shop/done'))[0]!.ready === pushed.size, 'all tokens are done')
  const { rows } = await shop.query('select id from shop_done', 1000)
  expect(new Set(rows.map(([id]) => id))).toEqual(pushed)
  expect([...told.values()].filter((times) => times > 1)).toEqual([])
  const twice = await shop.query(
    `select id, hop, count(*) from history where event = 'moved' group by 1, 2 having count(*) > 1`,
  )
  expect(twice.rows).toEqual([])
})
