import assert from 'node:assert/strict'
import type { Fixture } from './fixture.ts'
import { fenceOf, moving, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

const oddIds = [
  ...[
    '0012345678905',
    ' ',
    ' a',
    'a ',
    'a/b',
    '../..',
    'a%2fb',
    '%00',
    'a?b=c&d#e',
    'null',
    'undefined',
    '-1',
  ],
  ...[
    'Ä',
    'A\u0308',
    '\u{1F600}',
    '書',
    "it's",
    '"quoted"',
    '; drop table shop; --',
    '$1',
    '?',
    '\\',
    '\n',
    '\t',
  ],
  ...['__proto__', 'constructor', 'toString', 'x'.repeat(500)],
]

const oddQueues = [
  ...['shop/first', 'shop.first', 'shop_first', 'SHOP/FIRST', 'shop first', ' shop', "o'clock", '"q"', '`q`'],
  ...[
    'select',
    'order',
    'queues',
    'tokens',
    'history',
    'sqlite_master',
    'sqlite_x',
    'pg_class',
    '1',
    '書',
    'Ä',
  ],
  ...['a;b', '--', '%2f', '../up', '__proto__', 'x'.repeat(200), `${'x'.repeat(199)}y`],
]

/** Ids, names and values that trip up those who build SQL, paths and objects from them. */
export function oddities(test: Test): void {
  test('an id may be any text', async (fixture) => {
    for (const id of oddIds) await fixture.enter(id, { value: { id } })
    const { rows } = await fixture.backend.list('first')
    assert.deepEqual(
      rows.map(({ id }) => id),
      oddIds,
    )
    for (const id of oddIds) {
      const held = await fixture.leaseOne('first', { ids: [id] })
      assert.deepEqual([held.id, held.value], [id, { id }])
      await fixture.backend.commit(moving(held, 'second'))
      assert.equal((await fixture.row('second', id)).id, id)
      assert.deepEqual(await fixture.events(id), ['entered first', 'moved first'])
    }
  })

  test('ids that look alike are not the same', async (fixture) => {
    for (const id of ['a', 'A', 'a ', '\u00e9', 'e\u0301', '1', '01', '1.0']) await fixture.enter(id)
    assert.equal((await fixture.counts('first')).ready, 8)
  })

  test('a queue may have any name, and names that look alike are not the same', async (fixture) => {
    const queues = oddQueues.map((name) => ({ name, role: 'stage' }) as const)
    await fixture.backend.declare({ workflow: 'odd', queues, fingerprint: 'v1' })
    for (const [n, queue] of oddQueues.entries()) await fixture.enter(`id-${n}`, { queue })
    const counts = (await fixture.backend.count()).filter(({ workflow }) => workflow === 'odd')
    assert.deepEqual(counts.map(({ queue }) => queue).sort(), [...oddQueues].sort())
    assert.ok(counts.every(({ ready }) => ready === 1))
    for (const [n, queue] of oddQueues.entries()) {
      const held = await fixture.leaseOne(queue, { ids: [`id-${n}`] })
      const next = oddQueues[(n + 1) % oddQueues.length]!
      await fixture.backend.commit(moving(held, next, 'moved'))
      assert.equal((await fixture.backend.journey('odd', held.id))?.queue, next)
    }
  })

  test('a workflow, an owner, an actor and a reason may be any text', async (fixture) => {
    for (const [n, odd] of oddIds.entries()) {
      const queue = `queue-${n}`
      const declaration = {
        workflow: odd,
        queues: [{ name: queue, role: 'stage' }],
        fingerprint: odd,
      } as const
      await fixture.backend.declare(declaration)
      await fixture.enter('a', { queue, actor: odd })
      const held = await fixture.leaseOne(queue, { owner: odd })
      assert.deepEqual((await fixture.backend.extend(odd, [])).strays, [fenceOf(held)])
      assert.deepEqual(await fixture.extend([held], odd), ['a'])
      const take = { kind: 'take', queue, id: 'a', event: 'cancelled', actor: odd, reason: odd } as const
      await fixture.backend.commit([take])
      const { lines } = (await fixture.backend.journey(odd, 'a'))!
      assert.deepEqual(
        lines.map(({ actor }) => actor),
        [odd, odd],
      )
      assert.equal(lines[1]?.reason, odd)
    }
  })

  test('a value may hold what JSON can hold', async (fixture) => {
    const values = [
      { text: 'a\u0000b \u2028 \ud800 \u{1F600} </script>' },
      JSON.parse('{ "__proto__": { "admin": true }, "constructor": 1, "": 2 }'),
      { number: Number.MAX_SAFE_INTEGER, small: 5e-324, big: 1.7976931348623157e308 },
      JSON.parse('['.repeat(200) + ']'.repeat(200)),
      'x'.repeat(900_000),
    ]
    for (const [n, value] of values.entries()) await sameValue(fixture, `id-${n}`, value)
  })

  test('what JSON cannot hold becomes what JSON makes of it', async (fixture) => {
    // Queues refuse it; a backend that gets it all the same must not fail.
    const value = { missing: undefined, not: Number.NaN, list: [undefined, 1] as unknown as number[] }
    await fixture.enter('a', { value })
    assert.deepEqual((await fixture.row('first', 'a')).value, { not: null, list: [null, 1] })
  })

  test('frames and errors may hold odd text too', async (fixture) => {
    const frames = [JSON.parse('{ "__proto__": 1 }'), 'a\u0000b']
    await fixture.enter('a', { frames })
    const held = await fixture.leaseOne('first')
    assert.equal(JSON.stringify(held.frames), JSON.stringify(frames))
    const error = { kind: 'error', name: "O'Error", message: 'line one\nline "two" \u{1F600}' } as const
    const { hop, lease } = held
    await fixture.backend.commit([{ kind: 'bury', queue: 'first', id: 'a', hop, lease, error }])
    const { name, message } = (await fixture.row('first', 'a')).error!
    assert.deepEqual([name, message], [error.name, error.message])
    assert.equal((await fixture.backend.journey(workflow, 'a'))?.lines.at(-1)?.error?.message, error.message)
  })
}

async function sameValue(fixture: Fixture, id: string, value: unknown): Promise<void> {
  await fixture.enter(id, { value: value as null })
  const held = await fixture.leaseOne('first')
  // As text: an assertion on the objects would not see a key that is called __proto__.
  assert.equal(JSON.stringify(held.value), JSON.stringify(value))
}
