import assert from 'node:assert/strict'
import type { Push } from '../../queue/change.ts'
import { entering, moving, popping, refuses, usualQueues, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

const one = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const other = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00'

/** A token keeps the trace with which it has entered. */
export function traces(test: Test): void {
  test('a token keeps its trace through every hop, which cannot change it', async (fixture) => {
    const { backend } = fixture
    await backend.commit([entering('a', { traceparent: one }), entering('b')])
    assert.equal((await fixture.row('first', 'a')).traceparent, one)
    assert.equal((await fixture.row('first', 'b')).traceparent, undefined)
    const [leave, arrive] = moving(await fixture.leaseOne('first'), 'second')
    const hop = backend.commit([leave!, { ...(arrive as Push), traceparent: other }])
    // In the turn in which it comes, if the backend has such.
    const [early] = await fixture.lease('second')
    await hop
    const held = early ? { ...early, queue: 'second' } : await fixture.leaseOne('second')
    assert.equal((await fixture.row('second', 'a')).traceparent, one)
    await backend.commit(moving(held, 'done'))
    const { rows } = await backend.list('done')
    assert.deepEqual(
      rows.map(({ id, traceparent }) => [id, traceparent]),
      [['a', one]],
    )
    assert.equal((await backend.journey(workflow, 'a'))?.row?.traceparent, one)
  })

  test('one that enters in the turn in which it is leased has it too', async (fixture) => {
    await Promise.all([
      fixture.backend.commit([entering('a', { traceparent: one })]),
      fixture.lease('first', { limit: 1 }),
    ])
    assert.equal((await fixture.row('first', 'a')).traceparent, one)
  })

  test('a token that enters again has the trace that it is given then', async (fixture) => {
    await fixture.backend.commit([entering('a', { traceparent: one })])
    await fixture.enter('a', { enter: 'ignore', traceparent: other })
    assert.equal((await fixture.row('first', 'a')).traceparent, one)
    await fixture.enter('a', { enter: 'replace', traceparent: other })
    assert.equal((await fixture.row('first', 'a')).traceparent, other)
    await fixture.backend.commit([popping(await fixture.leaseOne('first'), { event: 'discarded' })])
    await fixture.enter('a', { enter: 'replace' })
    assert.equal((await fixture.row('first', 'a')).traceparent, undefined)
  })

  test('a declaration that moves a token leaves it its trace', async (fixture) => {
    await fixture.enter('a', { traceparent: one })
    const [first, ...rest] = usualQueues
    await fixture.declare([{ ...first!, name: 'begin', was: ['first'] }, ...rest], 'v2')
    assert.equal((await fixture.row('begin', 'a')).traceparent, one)
  })

  test('what is no trace is refused', async (fixture) => {
    for (const traceparent of [
      '',
      'x',
      one.toUpperCase(),
      `${one}-1`,
      `ff${one.slice(2)}`,
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    ])
      await refuses(fixture.enter('a', { traceparent }), 'invalid', { queue: 'first', id: 'a' })
    assert.equal(await fixture.backend.get('first', 'a'), undefined)
  })
}
