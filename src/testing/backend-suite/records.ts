import assert from 'node:assert/strict'
import type { Change, Put } from '../../queue/change.ts'
import type { RecordPage, Scope } from '../../queue/records.ts'
import { entering, type Fixture, leaseMs, moving, refuses, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

const put = (key: string, more: Partial<Put> = {}): Put => ({ kind: 'put', workflow, key, ...more })
const day = 86_400_000

/** A record is a value beside the tokens: kept, dropped and found by its key, with a revision that never comes back. */
export function records(test: Test): void {
  test('a record is kept, changed and dropped, and each change gives it a new revision', async (fixture) => {
    const { backend } = fixture
    await backend.commit([put('draft', { value: { note: 'a \u{1f4d6}' } })])
    const [first] = await found(fixture)
    assert.deepEqual(first, { key: 'draft', value: { note: 'a \u{1f4d6}' }, rev: first!.rev })
    await backend.commit([put('draft')])
    const [second] = await found(fixture)
    assert.deepEqual(second, { key: 'draft', rev: second!.rev })
    await backend.commit([{ kind: 'drop', workflow, key: 'draft' }])
    assert.deepEqual(await found(fixture), [])
    await backend.commit([{ kind: 'drop', workflow, key: 'draft' }, put('draft')])
    const [third] = await found(fixture)
    assert.ok(first!.rev < second!.rev && second!.rev < third!.rev, 'revisions grow, also after a drop')
  })

  test('a commit that is refused keeps and drops nothing', async (fixture) => {
    await fixture.backend.commit([put('a', { value: 1 })])
    const before = await found(fixture)
    const lost: Change = { kind: 'revive', queue: 'first', id: 'ghost' }
    const drop: Change = { kind: 'drop', workflow, key: 'a' }
    await refuses(fixture.backend.commit([put('b'), drop, lost]), 'not_found')
    assert.deepEqual(await found(fixture), before)
  })

  test('with `ifRev` only the one who has seen the last revision changes a record', async (fixture) => {
    const { backend } = fixture
    await backend.commit([put('a', { value: 1, ifRev: 0 })])
    await refuses(backend.commit([put('a', { value: 2, ifRev: 0 })]), 'conflict')
    const { rev } = (await found(fixture))[0]!
    const answers = await Promise.allSettled(
      [2, 3, 4].map((value) => backend.commit([put('a', { value, ifRev: rev })])),
    )
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1)
    await refuses(backend.commit([{ kind: 'drop', workflow, key: 'a', ifRev: rev }]), 'conflict')
    const now = (await found(fixture))[0]!
    await backend.commit([{ kind: 'drop', workflow, key: 'a', ifRev: now.rev }])
    await refuses(backend.commit([put('a', { ifRev: now.rev })]), 'conflict')
    assert.deepEqual(await found(fixture), [])
  })

  test('a record ends when its time is over', async (fixture) => {
    const { backend, clock } = fixture
    const endsAt = clock.now() + 1000
    await backend.commit([put('a', { forMs: 1000 })])
    assert.equal((await found(fixture))[0]?.endsAt, endsAt)
    await clock.advance(999)
    await refuses(backend.commit([put('a', { ifRev: 0 })]), 'conflict')
    await clock.advance(1)
    await backend.commit([put('a', { ifRev: 0, forMs: 1000 })])
    await clock.advance(1000)
    assert.deepEqual(await found(fixture), [])
    await backend.commit([put('a', { forMs: 1000 })])
    await backend.commit([put('a')])
    await clock.advance(1000)
    assert.equal((await found(fixture)).length, 1, 'put again without a time it stays')
  })

  test('a commit with `repeat` happens once in the time of its record, also under the same breath', async (fixture) => {
    const { backend, clock } = fixture
    const once = (id: string): Change[] => [put('once', { repeat: true, forMs: day }), entering(id)]
    const receipts = await Promise.all(['a', 'b', 'c'].map((id) => backend.commit(once(id))))
    assert.deepEqual(receipts.map(({ repeated }) => repeated).sort(), [false, true, true])
    assert.equal((await fixture.counts('first')).ready, 1)
    assert.deepEqual(await backend.commit(once('d')), { repeated: true, record: 'once', skipped: [] })
    await clock.advance(day)
    assert.deepEqual(await backend.commit(once('e')), { repeated: false, skipped: [] })
    assert.equal((await fixture.counts('first')).ready, 2)
  })

  test('a repeated commit is answered with what the first has passed over', async (fixture) => {
    await fixture.enter('a')
    const known = (id: string) => entering(id, { enter: 'ignore' })
    const changes = [put('once', { repeat: true }), known('b'), known('a')]
    assert.deepEqual(await fixture.backend.commit(changes), { repeated: false, skipped: [2] })
    assert.deepEqual(await fixture.backend.commit(changes), { repeated: true, record: 'once', skipped: [2] })
  })

  test('a record with a value of its own says that a commit has happened as well', async (fixture) => {
    await fixture.backend.commit([put('k', { value: 5 })])
    const receipt = await fixture.backend.commit([put('k', { repeat: true }), entering('a')])
    assert.deepEqual(receipt, { repeated: true, record: 'k', skipped: [] })
  })

  test('what was refused has not happened, so it may be tried again with the same record', async (fixture) => {
    await fixture.enter('a')
    const again = (id: string) => fixture.backend.commit([put('once', { repeat: true }), entering(id)])
    await refuses(again('a'), 'conflict')
    assert.equal((await again('b')).repeated, false)
    assert.equal((await again('c')).repeated, true)
  })

  test('scopes do not see each other, and a record of a stay goes with it', async (fixture) => {
    const { backend } = fixture
    for (const id of ['a', 'b']) await fixture.enter(id)
    const stay = { workflow, id: 'a', hop: 1 }
    const scopes: Scope[] = [
      { workflow },
      { workflow: 'other' },
      { workflow, id: 'a' },
      { workflow, id: 'b' },
      stay,
    ]
    for (const [value, scope] of scopes.entries())
      await backend.commit([{ kind: 'put', ...scope, key: 'k', value }])
    for (const [value, scope] of scopes.entries())
      assert.deepEqual(
        (await found(fixture, scope)).map((each) => each.value),
        [value],
      )
    await backend.commit(moving(await fixture.leaseOne('first', { ids: ['a'] }), 'second'))
    assert.deepEqual(await found(fixture, stay), [])
    await refuses(backend.commit([{ kind: 'put', ...stay, key: 'k' }]), 'conflict', { id: 'a' })
    assert.equal((await found(fixture, { workflow, id: 'a' })).length, 1)
    await refuses(backend.commit([{ kind: 'put', workflow, id: 'ghost', key: 'k' }]), 'not_found', {
      id: 'ghost',
    })
    assert.deepEqual(await found(fixture, { workflow, id: 'ghost' }), [])
  })

  test('a record of a token can be kept in the commit in which that enters', async (fixture) => {
    const own: Put = { kind: 'put', workflow, id: 'a', key: 'k', repeat: true }
    assert.deepEqual(await fixture.backend.commit([entering('a'), own]), { repeated: false, skipped: [] })
    assert.equal((await fixture.backend.commit([entering('b'), own])).repeated, true)
    assert.equal(await fixture.backend.get('first', 'b'), undefined)
  })

  test('pages are in the order of the bytes of their keys, by prefix', async (fixture) => {
    const keys = ['b/1', 'a', 'b/\u{1f4d6}', 'b/\uffee', 'b', 'b/%', 'b/_', 'B/1', 'c']
    await fixture.backend.commit(keys.map((key) => put(key)))
    const ordered = ['b/%', 'b/1', 'b/_', 'b/\uffee', 'b/\u{1f4d6}']
    assert.deepEqual(
      (await found(fixture, { workflow }, { prefix: 'b/' })).map(({ key }) => key),
      ordered,
    )
    const seen: string[] = []
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const page = await fixture.backend.records(
        { workflow },
        { prefix: 'b/', limit: 2, ...(after && { after }) },
      )
      assert.ok(page.records.length <= 2)
      seen.push(...page.records.map(({ key }) => key))
      after = page.next
    }
    assert.deepEqual(seen, ordered)
  })

  test('a record that no backend could keep is refused', async (fixture) => {
    const { backend } = fixture
    const odd: Partial<Put>[] = [
      ...['', 'a\0', '\ud800', 'x'.repeat(501)].flatMap((key) => [{ key }, { workflow: key }]),
      ...[-1, 1.5, Number.NaN].flatMap((ifRev) => [{ ifRev }, { id: 'a', hop: ifRev }]),
      ...[0, -1, Number.NaN, 1e300].map((forMs) => ({ forMs })),
      { value: 'x'.repeat(65_536) },
      { value: new Date(0) as never },
      { hop: 1 },
      { repeat: true, value: 1 },
    ]
    for (const each of odd) {
      await refuses(backend.commit([entering('a'), put('k', each)]), 'invalid')
      assert.equal(await backend.get('first', 'a'), undefined)
    }
    const pages: [Scope, RecordPage][] = [
      ...[0, 1001, 1.5].map((limit): [Scope, RecordPage] => [{ workflow }, { limit }]),
      [{ workflow: '' }, {}],
      [{ workflow, hop: 1 }, {}],
      [{ workflow }, { after: '\0' }],
    ]
    for (const [scope, page] of pages) await refuses(backend.records(scope, page), 'invalid')
  })

  test('a lease that runs out leaves the records of its stay', async (fixture) => {
    await fixture.enter('a', { queue: 'desk' })
    const stay = { workflow, id: 'a', hop: 1 }
    await fixture.leaseOne('desk')
    await fixture.backend.commit([{ kind: 'put', ...stay, key: 'draft' }])
    await fixture.clock.advance(leaseMs)
    await fixture.leaseOne('desk')
    assert.equal((await found(fixture, stay)).length, 1)
  })
}

async function found({ backend }: Fixture, scope: Scope = { workflow }, page: RecordPage = {}) {
  return (await backend.records(scope, page)).records
}
