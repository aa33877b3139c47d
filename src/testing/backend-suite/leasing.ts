import assert from 'node:assert/strict'
import { fenceOf, leaseMs, moving, timeoutMs } from './fixture.ts'
import type { Test } from './suite.ts'

/** A leased message is hidden from all other workers, for the time of its lease. */
export function leasing(test: Test): void {
  test('an empty queue leases nothing', async (fixture) => {
    assert.deepEqual(await fixture.lease('first'), [])
  })

  test('a leased message is hidden from all others', async (fixture) => {
    await fixture.enter('a')
    assert.deepEqual(await fixture.leaseIds('first', { owner: 'one' }), ['a'])
    assert.deepEqual(await fixture.leaseIds('first', { owner: 'two' }), [])
    assert.deepEqual(await fixture.leaseIds('first', { owner: 'one' }), [])
  })

  test('a lease is for one message by default, and for at most `limit`', async (fixture) => {
    for (const id of ['a', 'b', 'c', 'd']) await fixture.enter(id)
    assert.deepEqual(
      (await fixture.lease('first')).map(({ id }) => id),
      ['a'],
    )
    assert.deepEqual(await fixture.leaseIds('first', { limit: 2 }), ['b', 'c'])
    assert.deepEqual(await fixture.leaseIds('first', { limit: 9 }), ['d'])
  })

  test('leases that are asked for at once never share a message', async (fixture) => {
    for (let n = 0; n < 20; n++) await fixture.enter(`id-${n}`)
    const asked = Array.from({ length: 15 }, (_, n) => fixture.lease('first', { limit: 2, owner: `w${n}` }))
    const ids = (await Promise.all(asked)).flat().map(({ id }) => id)
    assert.equal(ids.length, 20)
    assert.equal(new Set(ids).size, 20)
  })

  test('named messages are leased, if they are ready', async (fixture) => {
    for (const id of ['a', 'b', 'c', 'd']) await fixture.enter(id)
    await fixture.enter('later', { delayMs: 1 })
    await fixture.leaseOne('first')
    const ids = await fixture.leaseIds('first', { ids: ['d', 'a', 'missing', 'b', 'later'] })
    assert.deepEqual([...ids].sort(), ['b', 'd'])
    assert.deepEqual(await fixture.leaseIds('first'), ['c'])
  })

  test('naming messages asks for all of them, unless a limit says less', async (fixture) => {
    for (const id of ['a', 'b', 'c']) await fixture.enter(id)
    const ids = ['a', 'b', 'c']
    assert.equal((await fixture.lease('first', { ids, limit: 1 })).length, 1)
    assert.equal((await fixture.lease('first', { ids })).length, 2)
  })

  test('a named message whose time has come, or whose lease has run out, is leased', async (fixture) => {
    await fixture.enter('late', { delayMs: leaseMs })
    await fixture.enter('lost')
    await fixture.leaseOne('first')
    await fixture.clock.advance(leaseMs)
    assert.deepEqual([...(await fixture.leaseIds('first', { ids: ['late', 'lost'] }))].sort(), [
      'late',
      'lost',
    ])
  })

  test('the row of a leased message has its owner and the time that the lease has left', async (fixture) => {
    await fixture.enter('a')
    await fixture.leaseOne('first', { owner: 'another' })
    await fixture.clock.advance(300)
    const { status, owner, leaseLeftMs } = await fixture.row('first', 'a')
    assert.deepEqual({ status, owner, leaseLeftMs }, { status: 'leased', owner: 'another', leaseLeftMs: 700 })
    assert.deepEqual(await fixture.counts('first'), { ready: 0, leased: 1, delayed: 0, dead: 0, waiting: 0 })
  })

  test('a lease lasts for its time and not longer', async (fixture) => {
    await fixture.enter('a')
    await fixture.leaseOne('first')
    await fixture.clock.advance(leaseMs - 1)
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await fixture.clock.advance(1)
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })

  test('an extended lease lasts for its time again, and says which fences hold', async (fixture) => {
    for (const id of ['a', 'b']) await fixture.enter(id)
    const held = [await fixture.leaseOne('first'), await fixture.leaseOne('first')]
    await fixture.clock.advance(leaseMs - 1)
    const fences = held.map(fenceOf)
    assert.deepEqual(await fixture.backend.extend('worker', fences), { held: fences, strays: [] })
    await fixture.clock.advance(leaseMs - 1)
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await fixture.clock.advance(1)
    assert.deepEqual(await fixture.leaseIds('first'), ['a', 'b'])
  })

  test('a lease that its owner does not name is not extended, but listed as a stray until it runs out', async (fixture) => {
    for (const id of ['a', 'b']) await fixture.enter(id)
    const [named, stray] = [await fixture.leaseOne('first'), await fixture.leaseOne('first')]
    await fixture.clock.advance(leaseMs - 1)
    const fences = [fenceOf(named)]
    assert.deepEqual(await fixture.backend.extend('worker', fences), {
      held: fences,
      strays: [fenceOf(stray)],
    })
    await fixture.clock.advance(1)
    assert.deepEqual(await fixture.backend.extend('worker', fences), { held: fences, strays: [] })
    assert.deepEqual(await fixture.leaseIds('first', { owner: 'another' }), ['b'])
  })

  test('an owner extends its own leases, in every queue, and not those of others', async (fixture) => {
    await fixture.enter('a')
    await fixture.enter('b')
    await fixture.enter('c', { queue: 'second' })
    const held = [
      await fixture.leaseOne('first', { owner: 'one' }),
      await fixture.leaseOne('first', { owner: 'two' }),
      await fixture.leaseOne('second', { owner: 'one' }),
    ]
    await fixture.clock.advance(leaseMs - 1)
    assert.deepEqual(await fixture.extend(held, 'one'), ['a', 'c'])
    await fixture.clock.advance(1)
    assert.deepEqual(await fixture.leaseIds('first'), ['b'])
    assert.deepEqual(await fixture.leaseIds('second'), [])
  })

  test('extending reports neither answered messages nor those that another worker has leased since', async (fixture) => {
    for (const id of ['a', 'b', 'c']) await fixture.enter(id)
    const moved = await fixture.leaseOne('first')
    await fixture.backend.commit(moving(moved, 'second'))
    const late = await fixture.leaseOne('first')
    await fixture.clock.advance(leaseMs)
    assert.deepEqual(await fixture.leaseIds('first', { owner: 'another', ids: ['b'] }), ['b'])
    assert.deepEqual(await fixture.extend([moved, late]), [])
  })

  test('an earlier lease on the same stay does not hold any more', async (fixture) => {
    await fixture.enter('a')
    const first = await fixture.leaseOne('first')
    await fixture.clock.advance(leaseMs)
    const second = await fixture.leaseOne('first')
    assert.deepEqual(await fixture.extend([first]), [])
    assert.deepEqual(await fixture.extend([second]), ['a'])
  })

  test('a lease that ran out but was not found by a lease call is extended', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    await fixture.clock.advance(leaseMs + 1)
    assert.deepEqual(await fixture.extend([held]), ['a'])
    assert.deepEqual(await fixture.leaseIds('first'), [])
  })

  test('no lease is extended past its deadline, and then the next lease gets its message', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    for (let at = 0; at < timeoutMs - 500; at += 500) {
      await fixture.clock.advance(500)
      assert.deepEqual(await fixture.extend([held]), ['a'])
    }
    assert.equal((await fixture.row('first', 'a')).leaseLeftMs, 500)
    await fixture.clock.advance(499)
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await fixture.clock.advance(1)
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
    assert.deepEqual(await fixture.extend([held]), [])
  })

  test('a lease never outlasts its deadline, however long it was asked for', async (fixture) => {
    await fixture.enter('a')
    await fixture.leaseOne('first', { leaseMs: 10_000, timeoutMs: 200 })
    assert.equal((await fixture.row('first', 'a')).leaseLeftMs, 200)
    await fixture.clock.advance(200)
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })

  test('a jump of the wall clock steals no lease and strands none', async (fixture) => {
    const yearMs = 365 * 24 * 3_600_000
    for (const jumpMs of [yearMs, -2 * yearMs]) {
      await fixture.enter(`by ${jumpMs}`)
      await fixture.leaseOne('first')
      fixture.clock.jump(jumpMs)
      assert.deepEqual(await fixture.leaseIds('first'), [], 'the lease still runs')
      await fixture.clock.advance(leaseMs)
      assert.deepEqual(await fixture.leaseIds('first', { leaseMs: 1e9, timeoutMs: 1e9 }), [`by ${jumpMs}`])
    }
  })
}
