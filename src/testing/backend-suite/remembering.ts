import assert from 'node:assert/strict'
import type { Fence, Remember } from '../../queue/change.ts'
import type { Step } from '../../queue/step.ts'
import { declareReplies, letters, mailing, remembering as remember } from './boxes.ts'
import {
  entering,
  fenceOf,
  leaseMs,
  moving,
  popping,
  postponing,
  refuses,
  someFault,
  timeoutMs,
  workflow,
} from './fixture.ts'
import type { Test } from './suite.ts'

const step = (path: string, more: Partial<Step> = {}): Step => ({
  path,
  kind: 'step',
  name: 'do',
  deploy: 1,
  ...more,
})

/** A leased message takes note of a value, progress, steps and letters that it has read; its lease goes on. */
export function remembering(test: Test): void {
  test('a value that is remembered replaces what is stored, and the lease goes on', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a', { value: { at: 1 }, frames: [{ set: 'aside' }] })
    const held = await fixture.leaseOne('first')
    await backend.commit([remember(held, { value: { at: 2 } }), entering('b')])
    const row = await fixture.row('first', 'a')
    assert.deepEqual([row.value, row.status, row.hop, row.lease], [{ at: 2 }, 'leased', 1, 1])
    assert.deepEqual(row.frames, [{ set: 'aside' }])
    await backend.commit([remember(held, { progress: { fraction: 0.5, note: 'half' } })])
    const again = await fixture.row('first', 'a')
    assert.deepEqual([again.value, again.progress?.fraction], [{ at: 2 }, 0.5])
    await backend.commit([remember(held, { value: null }), postponing(held)])
    assert.equal((await fixture.leaseOne('first', { ids: ['a'] })).value, null)
    assert.deepEqual(await fixture.events('a'), ['entered first', 'postponed first'])
  })

  test('what is in the commit of a late worker stands or falls with its fence', async (fixture) => {
    const { backend, clock } = fixture
    await fixture.enter('a', { value: 1 })
    await fixture.enter('box', { queue: 'desk' })
    const late = await fixture.leaseOne('first')
    await clock.advance(leaseMs)
    const held = await fixture.leaseOne('first')
    const change = remember(late, { value: 2, steps: [step('1')] })
    await refuses(backend.commit([entering('b'), mailing('box', 'x'), change]), 'lease_lost', { id: 'a' })
    assert.equal(await backend.get('first', 'b'), undefined)
    assert.deepEqual(await letters(fixture, 'box'), [])
    assert.deepEqual((await backend.recall(workflow, 'a')).steps, [])
    assert.equal((await fixture.row('first', 'a')).value, 1)
    await backend.commit(moving(held, 'second'))
  })

  test('steps are recorded once at each path, and recalled in their order', async (fixture) => {
    const { backend, clock } = fixture
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    const first = step('2.1', { value: { n: 'a \u{1f4d6}' }, hash: 7, at: 5 })
    await backend.commit([
      remember(held, { steps: [first, step('10', { kind: 'child', failure: someFault })] }),
    ])
    await backend.commit([remember(held, { steps: [step('3')] })])
    const { steps, letters, next } = await backend.recall(workflow, 'a')
    assert.deepEqual(steps.map(plain), [
      first,
      { ...step('10', { kind: 'child', failure: someFault }), at: clock.now() },
      { ...step('3'), at: clock.now() },
    ])
    assert.deepEqual([letters, next], [[], undefined])
    const twice = remember(held, { steps: [step('4'), step('3')] })
    await refuses(backend.commit([twice]), 'conflict', { id: 'a' })
    await refuses(backend.commit([remember(held, { steps: [step('5'), step('5')] })]), 'conflict')
    assert.equal((await backend.recall(workflow, 'a')).steps.length, 3)
  })

  test('steps are read in pages, before the letters', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    const steps = ['1', '2', '3'].map((path) => step(path))
    await backend.commit([remember(held, { steps }), mailing('a', 'x'), mailing('a', 'y')])
    const pages: unknown[] = []
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const page = await backend.recall(workflow, 'a', { limit: 2, after })
      pages.push([page.steps.map(({ path }) => path), page.letters.map(({ name }) => name)])
      after = page.next
    }
    assert.deepEqual(pages, [
      [['1', '2'], []],
      [['3'], ['x']],
      [[], ['y']],
    ])
    assert.deepEqual((await backend.recall(workflow, 'a', { only: 'letters' })).steps, [])
    assert.equal((await backend.recall(workflow, 'a', { only: 'steps', limit: 3 })).next, undefined)
  })

  test('steps go with their stay, and stay when a lease runs out or a message is buried', async (fixture) => {
    const { backend, clock } = fixture
    await fixture.enter('a')
    await backend.commit([remember(await fixture.leaseOne('first'), { steps: [step('1')] })])
    await clock.advance(leaseMs)
    const held = await fixture.leaseOne('first')
    const paths = async () => (await backend.recall(workflow, 'a')).steps.map(({ path }) => path)
    assert.deepEqual(await paths(), ['1'])
    await backend.commit([{ kind: 'bury', ...fenceOf(held) }])
    await backend.commit([{ kind: 'revive', queue: 'first', id: 'a' }])
    assert.deepEqual(await paths(), ['1'])
    const again = await fixture.leaseOne('first')
    await backend.commit([{ kind: 'bury', ...fenceOf(again) }])
    await backend.commit([{ kind: 'revive', queue: 'first', id: 'a', forget: 'steps' }])
    assert.deepEqual(await paths(), [])
    const third = await fixture.leaseOne('first')
    await backend.commit([remember(third, { steps: [step('1')] })])
    await backend.commit(moving(third, 'second'))
    assert.deepEqual(await paths(), [])
    assert.deepEqual((await backend.recall(workflow, 'a', { hop: 1 })).steps, [])
    await backend.commit([remember(await fixture.leaseOne('second'), { steps: [step('1')] })])
    assert.deepEqual(await paths(), ['1'])
  })

  test('recording a step forgets the attempts, and `forgive` the crashes too', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    await backend.commit([postponing(await fixture.leaseOne('first'))])
    await fixture.crash('first')
    await fixture.crash('first', { alone: true })
    const held = await fixture.leaseOne('first')
    assert.deepEqual([held.attempts, held.crashes], [1, 1])
    await backend.commit([remember(held, { value: 1 })])
    assert.equal((await fixture.row('first', 'a')).attempts, 1)
    await backend.commit([remember(held, { steps: [step('1')] })])
    const row = await fixture.row('first', 'a')
    assert.deepEqual([row.attempts, row.crashes], [0, 1])
    await backend.commit([remember(held, { forgive: true })])
    assert.equal((await fixture.row('first', 'a')).crashes, 0)
  })

  test('a letter is in the box or in one step, never in both', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    await fixture.enter('b', { queue: 'second' })
    await backend.commit([mailing('a', 'x'), mailing('a', 'x', { key: 'k' }), mailing('b', 'x')])
    const [one, two] = await letters(fixture, 'a')
    const [other] = await letters(fixture, 'b')
    const held = await fixture.leaseOne('first')
    await backend.commit([remember(held, { steps: [step('1')], reads: [one!.seq] })])
    assert.deepEqual(await letters(fixture, 'a'), [two])
    for (const reads of [[one!.seq], [two!.seq, one!.seq], [other!.seq], [10_000]])
      await refuses(backend.commit([remember(held, { steps: [step('2')], reads })]), 'conflict', { id: 'a' })
    assert.deepEqual(await letters(fixture, 'a'), [two])
    assert.equal((await letters(fixture, 'b')).length, 1)
    await backend.commit([remember(held, { reads: [two!.seq] })])
    await refuses(backend.commit([remember(held, { reads: [two!.seq] })]), 'conflict', { id: 'a' })
    await backend.commit([popping(held)])
  })

  test('what no backend could remember is refused', async (fixture) => {
    const { backend } = fixture
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    const odd: Omit<Remember, 'kind' | keyof Fence>[] = [
      { progress: { fraction: 2 } },
      { value: 'x'.repeat(1_000_001) },
      { value: Number.NaN },
      { reads: [1.5] },
      { reads: [1, 1] },
      ...[
        { path: '' },
        { name: '' },
        { kind: 'odd' as 'step' },
        { hash: 1.5 },
        { deploy: -1 },
        { at: -1 },
        { value: Number.NaN },
        { value: 1, failure: someFault },
      ].map((each) => ({ steps: [step('1', each)] })),
    ]
    for (const each of odd) await refuses(backend.commit([remember(held, each)]), 'invalid', { id: 'a' })
    await backend.commit([popping(held)])
  })

  test('a lease that runs out in a standing queue is neither a timeout nor a crash', async (fixture) => {
    await declareReplies(fixture)
    const { backend, clock } = fixture
    await fixture.enter('a', { queue: 'standing' })
    for (const ms of [leaseMs, timeoutMs]) {
      await fixture.leaseOne('standing', { leaseMs: ms, timeoutMs, alone: true })
      await clock.advance(ms)
      const { attempts, crashes, suspect } = await fixture.leaseOne('standing')
      assert.deepEqual([attempts, crashes, suspect], [0, 0, false])
      await clock.advance(leaseMs)
    }
    const { lines } = (await backend.journey(workflow, 'a'))!
    const ended = lines.filter(({ event }) => event === 'expired')
    assert.deepEqual([...new Set(ended.map(({ attempt, error }) => attempt ?? error))], [undefined])
  })
}

function plain(found: Step): object {
  return Object.fromEntries(Object.entries(found).filter(([, cell]) => cell !== undefined))
}
