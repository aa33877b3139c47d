import assert from 'node:assert/strict'
import { longestDelayMs } from '../../queue/delay.ts'
import { fenceOf, leaseMs, moving, postponing, refuses, someFault, timeoutMs } from './fixture.ts'
import type { Test } from './suite.ts'

/** What failed comes back: charged for its own failures, suspected where its worker was lost. */
export function redelivery(test: Test): void {
  test('a failure is charged, keeps its error, and is visible again after its delay', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    await fixture.backend.commit([postponing(held, { delayMs: 400 })])
    const { status, attempts, error, dueAt, owner, leaseLeftMs } = await fixture.row('first', 'a')
    assert.deepEqual(
      { status, attempts, error, dueAt, owner, leaseLeftMs },
      {
        ...{ status: 'delayed', attempts: 1, error: someFault, dueAt: fixture.clock.now() + 400 },
        ...{ owner: undefined, leaseLeftMs: undefined },
      },
    )
    await fixture.clock.advance(399)
    assert.deepEqual(await fixture.leaseIds('first'), [])
    await fixture.clock.advance(1)
    const [again] = await fixture.lease('first')
    assert.deepEqual([again?.attempts, again?.hop, again!.lease > held.lease], [1, 1, true])
  })

  test('anything can be put off for a century, and nothing for longer', async (fixture) => {
    const century = longestDelayMs
    await fixture.enter('a', { delayMs: century })
    assert.equal((await fixture.row('first', 'a')).dueAt, fixture.clock.now() + century)
    await fixture.enter('b')
    const held = await fixture.leaseOne('first')
    for (const delayMs of [century + 1, 1e300, -1]) {
      await refuses(fixture.enter('c', { delayMs }), 'invalid')
      await refuses(fixture.backend.commit([postponing(held, { delayMs })]), 'invalid')
    }
    await fixture.backend.commit([postponing(held, { delayMs: century })])
    assert.deepEqual(await fixture.counts('first'), { ready: 0, leased: 0, delayed: 2, dead: 0, waiting: 0 })
  })

  test('without a delay it is visible at once', async (fixture) => {
    await fixture.enter('a')
    await fixture.backend.commit([postponing(await fixture.leaseOne('first'))])
    assert.deepEqual(await fixture.counts('first'), { ready: 1, leased: 0, delayed: 0, dead: 0, waiting: 0 })
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })

  test('a release is not charged', async (fixture) => {
    await fixture.enter('a')
    await fixture.backend.commit([postponing(await fixture.leaseOne('first'), { charge: false })])
    assert.equal((await fixture.leaseOne('first')).attempts, 0)
    assert.deepEqual(await fixture.events('a'), ['entered first', 'released first'])
  })

  test('failures belong to the stay: in the next queue they are forgotten', async (fixture) => {
    await fixture.enter('a')
    await fixture.crash('first')
    await fixture.backend.commit([postponing(await fixture.leaseOne('first'))])
    await fixture.backend.commit(moving(await fixture.leaseOne('first'), 'second'))
    const { attempts, crashes, suspect, error } = await fixture.row('second', 'a')
    assert.deepEqual(
      { attempts, crashes, suspect, error },
      { attempts: 0, crashes: 0, suspect: false, error: undefined },
    )
  })

  test('a lease that ran to its deadline is charged as a timeout, and casts no suspicion', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    for (let at = 0; at < timeoutMs; at += 500) {
      await fixture.clock.advance(500)
      await fixture.extend([held])
    }
    const { attempts, crashes, suspect } = await fixture.leaseOne('first')
    assert.deepEqual({ attempts, crashes, suspect }, { attempts: 1, crashes: 0, suspect: false })
    assert.equal((await fixture.row('first', 'a')).error?.kind, 'timeout')
    assert.deepEqual(await fixture.events('a'), ['entered first', 'expired first'])
  })

  test('a lease that ran out before its deadline makes a suspect, uncharged', async (fixture) => {
    await fixture.enter('a')
    await fixture.crash('first')
    const { attempts, crashes, suspect } = await fixture.leaseOne('first')
    assert.deepEqual({ attempts, crashes, suspect }, { attempts: 0, crashes: 0, suspect: true })
    assert.equal((await fixture.row('first', 'a')).error?.kind, 'crash')
  })

  test('a worker that was lost is a crash, even if that is found long after the deadline', async (fixture) => {
    await fixture.enter('a')
    await fixture.leaseOne('first')
    await fixture.clock.advance(10 * timeoutMs)
    const { attempts, suspect } = await fixture.leaseOne('first')
    assert.deepEqual({ attempts, suspect }, { attempts: 0, suspect: true })
  })

  test('what is given back as a suspect is one, uncharged, until it is answered or fails', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    const doubted = { kind: 'postpone', ...fenceOf(held), delayMs: 0, charge: false, suspect: true } as const
    await fixture.backend.commit([doubted])
    assert.deepEqual(await fixture.lease('first', { suspects: 'exclude' }), [])
    const again = await fixture.leaseOne('first', { suspects: 'only' })
    const { attempts, crashes, suspect } = again
    assert.deepEqual({ attempts, crashes, suspect }, { attempts: 0, crashes: 0, suspect: true })
    await fixture.backend.commit([postponing(again)])
    assert.equal((await fixture.row('first', 'a')).suspect, false)
  })

  test('a crash is counted from the second on, when the message was a suspect already', async (fixture) => {
    await fixture.enter('a')
    const seen: number[] = []
    for (let n = 0; n < 4; n++) {
      seen.push((await fixture.leaseOne('first', { alone: true })).crashes)
      await fixture.clock.advance(leaseMs)
    }
    assert.deepEqual(seen, [0, 0, 1, 2])
  })

  test('a crash counts only while the suspect was worked on alone', async (fixture) => {
    await fixture.enter('a')
    const seen: number[] = []
    for (const alone of [true, undefined, true, false, true]) {
      seen.push((await fixture.leaseOne('first', { alone })).crashes)
      await fixture.clock.advance(leaseMs)
    }
    assert.deepEqual(seen, [0, 0, 0, 1, 1])
    assert.equal((await fixture.leaseOne('first')).crashes, 2)
  })

  test('a suspect whose worker has taken other work since stays one, and its crash is not counted', async (fixture) => {
    await fixture.enter('a')
    await fixture.crash('first')
    const held = await fixture.leaseOne('first', { alone: true })
    await fixture.backend.commit([{ kind: 'accompany', ...fenceOf(held) }])
    assert.equal((await fixture.row('first', 'a')).suspect, true)
    await fixture.clock.advance(leaseMs)
    const { crashes, suspect } = await fixture.leaseOne('first', { alone: true })
    assert.deepEqual({ crashes, suspect }, { crashes: 0, suspect: true })
    await fixture.clock.advance(leaseMs)
    assert.equal((await fixture.leaseOne('first')).crashes, 1)
    assert.deepEqual((await fixture.events('a')).slice(1), Array(3).fill('expired first'))
  })

  test('a lease of none makes ready what has expired', async (fixture) => {
    await fixture.enter('a')
    await fixture.crash('first')
    assert.deepEqual(await fixture.lease('first', { limit: 0, suspects: 'only' }), [])
    const { status, suspect } = await fixture.row('first', 'a')
    assert.deepEqual({ status, suspect }, { status: 'ready', suspect: true })
  })

  test('a clean failure ends the suspicion', async (fixture) => {
    await fixture.enter('a')
    await fixture.crash('first')
    await fixture.backend.commit([postponing(await fixture.leaseOne('first'))])
    assert.equal((await fixture.leaseOne('first')).suspect, false)
    await fixture.clock.advance(leaseMs)
    const { suspect, crashes } = await fixture.leaseOne('first')
    assert.deepEqual({ suspect, crashes }, { suspect: true, crashes: 0 })
  })

  test('a release proves nothing: a suspect stays one', async (fixture) => {
    await fixture.enter('a')
    await fixture.crash('first')
    await fixture.backend.commit([postponing(await fixture.leaseOne('first'), { charge: false })])
    assert.equal((await fixture.leaseOne('first')).suspect, true)
  })

  test('suspects are leased after the others, at any priority', async (fixture) => {
    await fixture.enter('bad', { priority: -5 })
    await fixture.crash('first')
    for (const id of ['x', 'y']) await fixture.enter(id, { priority: 9 })
    assert.deepEqual(await fixture.leaseIds('first'), ['x', 'y', 'bad'])
  })

  test('suspects can be left out, or leased alone', async (fixture) => {
    for (const id of ['bad', 'worse']) await fixture.enter(id)
    await fixture.lease('first', { limit: 2 })
    await fixture.clock.advance(leaseMs)
    for (const id of ['x', 'y']) await fixture.enter(id)
    assert.deepEqual(await fixture.leaseIds('first', { suspects: 'exclude' }), ['x', 'y'])
    assert.deepEqual(await fixture.leaseIds('first', { suspects: 'only', limit: 1 }), ['bad'])
    assert.deepEqual(await fixture.leaseIds('first', { suspects: 'exclude' }), [])
    await fixture.enter('innocent')
    assert.deepEqual(await fixture.leaseIds('first', { suspects: 'only' }), ['worse'])
  })

  test('the suspects that can be leased can be listed by themselves', async (fixture) => {
    const suspects = async () => {
      const { rows } = await fixture.backend.list('first', { only: { suspect: true } })
      return rows.map(({ id }) => id)
    }
    for (const id of ['bad', 'worse']) await fixture.enter(id)
    await fixture.lease('first', { limit: 2 })
    await fixture.clock.advance(leaseMs)
    for (const id of ['x', 'y']) await fixture.enter(id)
    await fixture.leaseOne('first')
    assert.deepEqual(await suspects(), ['bad', 'worse'])
    await fixture.pause('first', true)
    assert.deepEqual(await suspects(), [])
    await fixture.pause('first', false)
    const held = await fixture.leaseOne('first', { ids: ['bad'] })
    assert.deepEqual(await suspects(), ['worse'])
    await fixture.backend.commit([{ kind: 'bury', ...fenceOf(held) }])
    assert.deepEqual(await suspects(), ['worse'])
  })

  test('at a desk an expired lease is neither a failure nor a crash', async (fixture) => {
    await fixture.enter('a', { queue: 'desk' })
    await fixture.enter('b', { queue: 'desk' })
    await fixture.leaseOne('desk', { ids: ['a'] })
    await fixture.leaseOne('desk', { ids: ['b'], leaseMs: timeoutMs })
    await fixture.clock.advance(timeoutMs)
    for (const { attempts, crashes, suspect } of await fixture.lease('desk', { limit: 2 })) {
      assert.deepEqual({ attempts, crashes, suspect }, { attempts: 0, crashes: 0, suspect: false })
    }
    assert.deepEqual(await fixture.events('a'), [
      'entered desk',
      ...['claimed desk', 'expired desk', 'claimed desk'],
    ])
  })

  test('a due time is wall time: when the clock is set forward, it has come', async (fixture) => {
    await fixture.enter('a', { delayMs: 3_600_000 })
    fixture.clock.jump(3_600_000)
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })
}
