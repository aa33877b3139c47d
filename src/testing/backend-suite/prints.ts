import assert from 'node:assert/strict'
import { fenceOf, leaseMs, moving, postponing, someFault, timeoutMs } from './fixture.ts'
import type { Test } from './suite.ts'

/** What a backend marks by itself: the class of the fault that a message has, and where a token comes from that was given up. */
export function prints(test: Test): void {
  test('a fault has a print: postponed, buried, or expired', async (fixture) => {
    for (const id of ['a', 'b', 'c', 'd']) await fixture.enter(id)
    const print = async (id: string) => (await fixture.row('first', id)).marks?.['print']
    const lease = (id: string, more = {}) => fixture.leaseOne('first', { ids: [id], ...more })
    await fixture.backend.commit([postponing(await lease('a'))])
    assert.equal(await print('a'), 'Error broken: It broke.')
    const error = { ...someFault, message: 'Page 7 of /tmp/x is torn.' }
    await fixture.backend.commit([{ kind: 'bury', ...fenceOf(await lease('b')), error }])
    assert.equal(await print('b'), 'Error broken: Page * of * is torn.')
    await lease('c')
    await lease('d', { leaseMs: timeoutMs })
    await fixture.clock.advance(timeoutMs)
    assert.equal(await print('c'), undefined)
    await fixture.lease('first', { limit: 0 })
    assert.match(String(await print('c')), /^CrashError: /)
    assert.match(String(await print('d')), /^TimeoutError: /)
  })

  test('what brought a token to a desk stays on its row, until it goes on', async (fixture) => {
    await fixture.enter('a')
    const [leave, arrive] = moving(await fixture.leaseOne('first'), 'desk')
    await fixture.backend.commit([{ ...leave!, event: 'failed', error: someFault } as never, arrive!])
    const row = await fixture.row('desk', 'a')
    assert.deepEqual([row.source, row.brought, row.error], ['first', someFault, undefined])
    assert.deepEqual(row.marks, { print: 'Error broken: It broke.', source: 'first' })
    await fixture.leaseOne('desk')
    await fixture.clock.advance(leaseMs)
    const held = await fixture.leaseOne('desk')
    assert.deepEqual((await fixture.row('desk', 'a')).marks, row.marks)
    await fixture.backend.commit(moving(held, 'first'))
    const next = await fixture.row('first', 'a')
    assert.deepEqual([next.source, next.brought, next.marks ?? {}], [undefined, undefined, {}])
  })

  test('the same is so where it is taken without a lease', async (fixture) => {
    await fixture.enter('a')
    const [leave, arrive] = moving(await fixture.leaseOne('first'), 'desk')
    await fixture.backend.commit([{ ...leave!, event: 'failed', error: someFault } as never, arrive!])
    const token = { id: 'a', hop: 3, frames: [], priority: 0, deploy: 1 }
    await fixture.backend.commit([
      { kind: 'take', queue: 'desk', id: 'a', event: 'decided' },
      { kind: 'push', queue: 'second', token, value: 1 },
    ])
    const { source, brought, marks } = await fixture.row('second', 'a')
    assert.deepEqual([source, brought, marks ?? {}], [undefined, undefined, {}])
  })
}
