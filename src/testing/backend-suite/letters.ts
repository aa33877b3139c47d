import assert from 'node:assert/strict'
import type { Change, Mail } from '../../queue/change.ts'
import { letters as lettersOf, mailing, remembering } from './boxes.ts'
import { entering, type Fixture, leaseMs, moving, popping, refuses, someFault, workflow } from './fixture.ts'
import type { Test } from './suite.ts'

/** A letter is a value that is sent to a token: in its box, whatever the token does, until it is read. */
export function letters(test: Test): void {
  test('letters wait in the box of a token in the order in which they were sent, whatever it does', async (fixture) => {
    const { backend, clock } = fixture
    await fixture.enter('a')
    await backend.commit([mailing('a', 'paid', { value: { amount: 'a \u{1f4d6}' }, from: 'ann' })])
    const at = clock.now()
    const held = await fixture.leaseOne('first')
    await backend.commit([
      mailing('a', 'paid', { failure: someFault }),
      mailing('a', 'other', { value: null }),
    ])
    await backend.commit(moving(held, 'second'))
    await backend.commit([mailing('a', 'paid')])
    const [first, second, third, fourth] = await lettersOf(fixture, 'a')
    assert.deepEqual(plain(first), {
      name: 'paid',
      key: '',
      value: { amount: 'a \u{1f4d6}' },
      from: 'ann',
      at,
    })
    assert.deepEqual(plain(second), { name: 'paid', key: '', failure: someFault, at })
    assert.deepEqual(plain(third), { name: 'other', key: '', value: null, at })
    assert.deepEqual(plain(fourth), { name: 'paid', key: '', at })
    assert.ok(first!.seq < second!.seq && second!.seq < third!.seq && third!.seq < fourth!.seq)
  })

  test('a letter to a token that has never entered, or has left, is refused', async (fixture) => {
    const { backend } = fixture
    await refuses(backend.commit([mailing('ghost', 'x')]), 'not_found', { id: 'ghost' })
    await fixture.enter('a')
    await refuses(backend.commit([mailing('a', 'x', { workflow: 'other' })]), 'not_found', { id: 'a' })
    await refuses(backend.commit([mailing('a', 'x', { hop: 2 })]), 'conflict', { id: 'a' })
    const held = await fixture.leaseOne('first')
    await backend.commit([mailing('a', 'x')])
    await backend.commit([popping(held, { event: 'discarded' })])
    await refuses(backend.commit([mailing('a', 'x')]), 'conflict', { id: 'a' })
    assert.deepEqual(await lettersOf(fixture, 'a'), [])
    assert.deepEqual(await lettersOf(fixture, 'ghost'), [])
  })

  test('of the letters with one key there is one, also when it has been read', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    const once = (value: number, more: Partial<Mail> = {}) =>
      mailing('a', 'paid', { key: 'k', value, ...more })
    await Promise.all([1, 2, 3].map((value) => backend.commit([once(value)])))
    await backend.commit([once(4), once(5)])
    const [first, ...more] = await lettersOf(fixture, 'a')
    assert.deepEqual(more, [])
    const held = await fixture.leaseOne('first')
    await backend.commit([remembering(held, { reads: [first!.seq] })])
    await backend.commit([once(6)])
    await backend.commit(moving(held, 'second'))
    await backend.commit([once(7)])
    assert.deepEqual(await lettersOf(fixture, 'a'), [])
    await backend.commit([once(8, { name: 'other' }), mailing('a', 'paid', { key: 'l', value: 9 })])
    assert.deepEqual(await values(fixture, 'a'), [8, 9])
  })

  test('letters of a stay, and their keys, go with it; the others hop with the token', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    const own = (value: number, hop: number) => mailing('a', 'x', { key: 'k', value, hop })
    await backend.commit([own(1, 1), own(2, 1), mailing('a', 'x', { value: 3 })])
    assert.deepEqual(await values(fixture, 'a'), [1, 3])
    await backend.commit(moving(await fixture.leaseOne('first'), 'second'))
    assert.deepEqual(await values(fixture, 'a'), [3])
    await backend.commit([own(4, 2)])
    assert.deepEqual(await values(fixture, 'a'), [3, 4])
    assert.deepEqual((await lettersOf(fixture, 'a', { hop: 2 })).length, 2)
    assert.deepEqual(await lettersOf(fixture, 'a', { hop: 1 }), [])
  })

  test('a lease that runs out leaves the letters of its stay', async (fixture) => {
    await fixture.enter('a')
    await fixture.leaseOne('first')
    await fixture.backend.commit([mailing('a', 'x', { hop: 1 })])
    await fixture.clock.advance(leaseMs)
    await fixture.leaseOne('first')
    assert.equal((await lettersOf(fixture, 'a')).length, 1)
  })

  test('a token that enters once more has an empty box, and knows no key', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    await backend.commit([mailing('a', 'x', { key: 'k', value: 1 })])
    await fixture.enter('a', { enter: 'replace' })
    assert.deepEqual(await lettersOf(fixture, 'a'), [])
    await backend.commit([mailing('a', 'x', { key: 'k', value: 2 })])
    await backend.commit([popping(await fixture.leaseOne('first'), { event: 'discarded' })])
    await fixture.enter('a', { enter: 'replace' })
    assert.deepEqual(await lettersOf(fixture, 'a'), [])
    await backend.commit([mailing('a', 'x', { key: 'k', value: 3 })])
    assert.deepEqual(await values(fixture, 'a'), [3])
  })

  test('a commit that is refused sends nothing', async (fixture) => {
    await fixture.enter('a')
    const refused: Change[] = [
      mailing('a', 'x', { key: 'k' }),
      { kind: 'revive', queue: 'first', id: 'ghost' },
    ]
    await refuses(fixture.backend.commit(refused), 'not_found')
    assert.deepEqual(await lettersOf(fixture, 'a'), [])
    await fixture.backend.commit([mailing('a', 'x', { key: 'k' })])
    assert.equal((await lettersOf(fixture, 'a')).length, 1)
  })

  test('a letter can be sent in the commit in which its token enters', async (fixture) => {
    await fixture.backend.commit([entering('a'), mailing('a', 'x', { value: 1 }), entering('b')])
    assert.deepEqual(await values(fixture, 'a'), [1])
    assert.deepEqual(await values(fixture, 'b'), [])
  })

  test('letters are read in pages, by name, and a page of long ones ends early', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    const mails = Array.from({ length: 10 }, (_, n) => mailing('a', n % 2 ? 'odd' : 'even', { value: n }))
    await backend.commit(mails)
    const pages: unknown[][] = []
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const { letters, next } = await backend.recall(workflow, 'a', { limit: 4, after })
      pages.push(letters.map(({ value }) => value))
      after = next
    }
    assert.deepEqual(pages, [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ])
    assert.deepEqual(
      (await lettersOf(fixture, 'a', { names: ['odd'] })).map(({ value }) => value),
      [1, 3, 5, 7, 9],
    )
    assert.deepEqual(await lettersOf(fixture, 'a', { names: [] }), [])
    assert.deepEqual(await lettersOf(fixture, 'a', { only: 'steps' }), [])
    await fixture.enter('b')
    for (let n = 0; n < 7; n++) await backend.commit([mailing('b', 'x', { value: 'x'.repeat(900_000) })])
    const { letters, next } = await backend.recall(workflow, 'b')
    assert.equal(letters.length, 6, 'a page ends after 5 MB')
    assert.equal((await backend.recall(workflow, 'b', { after: next })).letters.length, 1)
  })

  test('a letter that no backend could keep is refused, and so are odd questions', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    const odd: Partial<Mail>[] = [
      ...['', 'a\0', '\ud800', 'x'.repeat(501)].flatMap((text) => [
        { name: text },
        { key: text },
        { from: text },
      ]),
      ...[-1, 1.5, Number.NaN].map((hop) => ({ hop })),
      { value: 'x'.repeat(1_000_000) },
      { value: Number.NaN },
      { value: 1, failure: someFault },
    ]
    for (const each of odd) await refuses(backend.commit([mailing('a', 'x', each)]), 'invalid', { id: 'a' })
    const questions = [{ limit: 0 }, { limit: 1001 }, { after: 'odd' }, { hop: -1 }, { names: [''] }]
    for (const each of questions) await refuses(backend.recall(workflow, 'a', each), 'invalid', { id: 'a' })
    assert.deepEqual(await lettersOf(fixture, 'a'), [])
  })
}

function plain(letter: object | undefined): object {
  const { seq: _, ...rest } = letter as { seq: number }
  return Object.fromEntries(Object.entries(rest).filter(([, cell]) => cell !== undefined))
}

async function values(fixture: Fixture, id: string): Promise<readonly unknown[]> {
  return (await lettersOf(fixture, id)).map(({ value }) => value)
}
