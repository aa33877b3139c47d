import assert from 'node:assert/strict'
import type { Filter } from '../../queue/filter.ts'
import type { Page, Row } from '../../queue/rows.ts'
import { type Fixture, fenceOf, moving, popping, refuses, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

/** Finding messages by what they are, in pages and in numbers. */
export function filtering(test: Test): void {
  test('each field of a filter, and all together', async (fixture) => {
    const { clock, backend } = fixture
    const at = clock.now()
    await fixture.enter('x-1', { value: { tag: 'Cat', age: 3, pages: [{ n: 'a' }] }, marks: { due: 5 } })
    await clock.advance(100)
    await fixture.enter('x-2', {
      value: { tag: 'Cat', age: '3' },
      deploy: 3,
      parent: 'x-1',
      marks: { due: 'soon' },
    })
    await fixture.enter('y-1', { value: { tag: 'Dog' }, delayMs: 5000, marks: { class: 'torn' } })
    await clock.advance(100)
    await fixture.enter('y-%', { value: 7 })
    const held = await fixture.leaseOne('first', { ids: ['y-%'] })
    await backend.commit([{ kind: 'postpone', ...fenceOf(held), delayMs: 0, charge: true }])
    await fixture.leaseOne('first', { ids: ['y-%'], owner: 'person:ann' })
    const all = ['x-1', 'x-2', 'y-1', 'y-%']
    const wanted: readonly (readonly [Filter, readonly string[]])[] = [
      [{}, all],
      [{ status: 'ready' }, ['x-1', 'x-2']],
      [{ tag: 'Cat' }, ['x-1', 'x-2']],
      [{ ids: ['y-1', 'x-1', 'z'] }, ['x-1', 'y-1']],
      [{ ids: [] }, []],
      [{ idPrefix: 'x-' }, ['x-1', 'x-2']],
      [{ idPrefix: 'y-%' }, ['y-%']],
      [{ idPart: '-1' }, ['x-1', 'y-1']],
      [{ idPart: '%' }, ['y-%']],
      [{ owner: 'person:ann' }, ['y-%']],
      [{ owner: null }, ['x-1', 'x-2', 'y-1']],
      [{ parent: 'x-1' }, ['x-2']],
      [{ deploy: { from: 2 } }, ['x-2']],
      [{ attempts: { from: 1 } }, ['y-%']],
      [{ entered: { from: at + 100, to: at + 200 } }, ['x-2', 'y-1']],
      [{ arrived: { to: at + 100 } }, ['x-1']],
      [{ marks: { due: { any: [5] } } }, ['x-1']],
      [{ marks: { due: { any: ['5'] } } }, []],
      [{ marks: { due: { any: ['soon', 5] } } }, ['x-1', 'x-2']],
      [{ marks: { due: { any: [null, 5] } } }, ['x-1', 'y-1', 'y-%']],
      [{ marks: { due: { any: [] } } }, []],
      [{ marks: { due: { none: [5] } } }, ['x-2', 'y-1', 'y-%']],
      [{ marks: { due: { none: [null] } } }, ['x-1', 'x-2']],
      [{ marks: { due: { from: 5 } } }, ['x-1']],
      [{ marks: { due: { to: 5 } } }, []],
      [{ marks: { due: { from: -1, to: 5.5 } } }, ['x-1']],
      [{ marks: { due: { none: [null] }, class: { any: ['torn'] } } }, []],
      [{ where: [{ path: 'age', is: 3 }] }, ['x-1']],
      [{ where: [{ path: 'age', is: '3' }] }, ['x-2']],
      [{ where: [{ path: 'age', is: null }] }, ['y-1', 'y-%']],
      [{ where: [{ path: 'pages[0].n', is: 'a' }] }, ['x-1']],
      [{ where: [{ path: 'pages.0.n', is: 'a' }] }, []],
      [
        { status: 'ready', tag: 'Cat', marks: { due: { from: 0 } }, where: [{ path: 'age', is: 3 }] },
        ['x-1'],
      ],
    ]
    for (const [only, ids] of wanted) {
      const said = JSON.stringify(only)
      assert.deepEqual((await walk(fixture, { only })).map(idOf).sort(), [...ids].sort(), said)
      const { tallies, exact } = await backend.tally({ queue: 'first', only })
      assert.deepEqual([tallies, exact], [[{ value: null, count: ids.length }], true], said)
    }
  })

  test('pages by a mark: numbers before texts, then those without it, each row once', async (fixture) => {
    const values = [3, 1, 'b', null, 'a', 2, 3, null, 'ä', 10, 'a'] as const
    for (const [n, due] of values.entries()) await fixture.enter(`id-${n}`, { marks: { due, other: n } })
    const ids = async (page: Page) => (await walk(fixture, page)).map(({ id }) => Number(id.slice(3)))
    const wanted = [1, 5, 0, 6, 9, 4, 10, 2, 8, 3, 7]
    assert.deepEqual(await ids({ by: 'due' }), wanted)
    assert.deepEqual(await ids({ by: 'due', limit: 2 }), wanted)
    assert.deepEqual(await ids({ by: 'due', limit: 3, order: 'newest' }), [8, 2, 10, 4, 9, 6, 0, 5, 1, 7, 3])
    assert.deepEqual(await ids({ by: 'due', only: { marks: { other: { from: 5 } } } }), [5, 6, 9, 10, 8, 7])
    assert.deepEqual(await ids({ by: 'nothing', limit: 4 }), [...values.keys()])
  })

  test('a list over all queues of a workflow says the queue of each row', async (fixture) => {
    const { backend, clock } = fixture
    await backend.declare({
      workflow: 'other',
      queues: [{ name: 'elsewhere', role: 'stage' }],
      fingerprint: 'v1',
    })
    for (const [n, queue] of ['first', 'desk', 'elsewhere', 'first', 'second'].entries()) {
      await fixture.enter(`id-${n}`, { queue, marks: { n: -n } })
      await clock.advance(1)
    }
    const of = async (page: Page) => {
      const { rows, next } = await backend.list({ workflow }, page)
      return [rows.map(({ id, queue }) => `${id} ${queue}`), next] as const
    }
    const [all, more] = await of({})
    assert.deepEqual([all, more], [['id-0 first', 'id-1 desk', 'id-3 first', 'id-4 second'], undefined])
    const [one, next] = await of({ limit: 3, by: 'n' })
    assert.deepEqual(one, ['id-4 second', 'id-3 first', 'id-1 desk'])
    assert.deepEqual(await of({ limit: 3, by: 'n', after: next }), [['id-0 first'], undefined])
    assert.deepEqual((await of({ only: { marks: { n: { any: [-1] } } } }))[0], ['id-1 desk'])
    assert.equal((await backend.list('first')).rows[0]?.queue, undefined)
    assert.deepEqual((await backend.list({ workflow: 'unknown' })).rows, [])
  })

  test('without values a page has all the rest', async (fixture) => {
    await fixture.enter('a', { value: { tag: 'Cat' }, frames: [1], marks: { due: 5 } })
    const { rows } = await fixture.backend.list('first', { values: false, only: { tag: 'Cat' } })
    const { value, frames, marks, hop } = rows[0]!
    assert.deepEqual([value, frames, marks, hop], [undefined, [], { due: 5 }, 1])
  })

  test('marks of a stay that has ended are found no more', async (fixture) => {
    const { backend } = fixture
    for (const id of ['a', 'b', 'c']) await fixture.enter(id, { marks: { class: 'torn', due: 1 } })
    // Back in the same queue, without any.
    await backend.commit(moving(await fixture.leaseOne('first', { ids: ['c'] }), 'first'))
    const held = await fixture.leaseOne('first', { ids: ['a'] })
    const token = { id: 'a', hop: 2, frames: [], priority: 0, deploy: 1 }
    await backend.commit([
      popping(held),
      { kind: 'push', queue: 'first', token, value: 1, marks: { due: 2 } },
    ])
    const only = { marks: { class: { any: ['torn'] } } } as const
    assert.deepEqual((await walk(fixture, { only })).map(idOf), ['b'])
    assert.deepEqual((await walk(fixture, { by: 'due' })).map(idOf), ['b', 'a', 'c'])
    assert.deepEqual((await backend.tally({ queue: 'first', by: 'mark:class' })).tallies, [
      { value: 'torn', count: 1 },
    ])
    assert.equal((await backend.tally({ queue: 'first', by: 'mark:due' })).tallies.length, 2)
  })

  test('a filter that no backend could answer is refused', async ({ backend }) => {
    const odd: unknown[] = [
      ...['tag', 'idPrefix', 'idPart', 'parent', 'owner'].flatMap((key) =>
        ['', 'a\0', '\ud800', 5].map((value) => ({ [key]: value })),
      ),
      ...['deploy', 'entered', 'arrived', 'attempts'].map((key) => ({ [key]: { from: Number.NaN } })),
      { status: 'odd' },
      { ids: Array(1001).fill('a') },
      { marks: { 'a b': {} } },
      { marks: { due: { any: [''] } } },
      { marks: { due: { none: Array(101).fill(1) } } },
      ...['', 'a..b', 'a[', 'a"b', '.a', 'a[x]'].map((path) => ({ where: [{ path, is: 1 }] })),
      { where: [{ path: 'a', is: Number.NaN }] },
    ]
    for (const only of odd as Filter[]) {
      await refuses(backend.list('first', { only }), 'invalid')
      await refuses(backend.tally({ queue: 'first', only }), 'invalid')
      await refuses(backend.lease('first', { owner: 'w', leaseMs: 1, timeoutMs: 1, only }), 'invalid')
    }
    for (const by of ['odd', 'mark:', 'mark:a b'])
      await refuses(backend.tally({ queue: 'first', by: by as never }), 'invalid')
    for (const request of [{}, { queue: 'first', workflow }, { queue: 'first', limit: 0 }])
      await refuses(backend.tally(request), 'invalid')
    await refuses(backend.list('first', { by: 'a b' }), 'invalid')
    const { rows } = await backend.list('first', { by: 'due', limit: 1 })
    assert.deepEqual(rows, [])
    await refuses(backend.list('first', { after: 'MQ~1' }), 'invalid')
    await refuses(backend.list('nowhere', { by: 'due' }), 'not_found')
    await refuses(backend.tally({ queue: 'nowhere' }), 'not_found')
  })
}

function idOf({ id }: Row): string {
  return id
}

/** The rows of all pages. */
async function walk({ backend }: Fixture, page: Page): Promise<readonly Row[]> {
  const rows: Row[] = []
  let after: string | undefined
  for (let pages = 0; ; pages++) {
    const found = await backend.list('first', { ...page, after })
    rows.push(...found.rows)
    after = found.next
    assert.ok(pages <= 100, 'the pages never end')
    if (after === undefined) return rows
  }
}
