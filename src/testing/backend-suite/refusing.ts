import assert from 'node:assert/strict'
import type { LeaseRequest } from '../../queue/backend.ts'
import type { Change, Fence } from '../../queue/change.ts'
import type { QueueSpec } from '../../queue/declaration.ts'
import type { Page } from '../../queue/rows.ts'
import { entering, fenceOf, popping, postponing, refuses, usualQueues } from './fixture.ts'
import type { Test } from './suite.ts'

const noNumbers = [Number.NaN, Number.POSITIVE_INFINITY, -1, -1e300]
const noCounts = [...noNumbers, 1.5, 1e300, 2 ** 53]
const odd = 'odd' as never

/** A request with a number or a kind that the contract does not allow is refused before anything is done. */
export function refusing(test: Test): void {
  test('a change with a number or a kind that it cannot have is refused, with all that is beside it', async (fixture) => {
    for (const id of ['a', 'b']) await fixture.enter(id)
    const held = await fixture.leaseOne('first', { ids: ['a'] })
    const before = await fixture.row('first', 'a')
    for (const change of oddChanges(held)) {
      const beside = entering('beside')
      await refuses(fixture.backend.commit([beside, change]), 'invalid', placeOf(change))
      assert.equal(await fixture.backend.get('first', 'beside'), undefined)
    }
    assert.deepEqual(await fixture.row('first', 'a'), before)
    await fixture.backend.commit([popping(held)])
  })

  test('so is a change of an unknown kind', async ({ backend }) => {
    await refuses(backend.commit([{ kind: odd, queue: 'first', id: 'a' } as Change]), 'invalid')
  })

  test('so is a lease with such a number or kind', async (fixture) => {
    await fixture.enter('a')
    const requests: Partial<LeaseRequest>[] = [
      ...noNumbers.flatMap((ms) => [{ leaseMs: ms }, { timeoutMs: ms }]),
      ...noCounts.map((limit) => ({ limit })),
      { suspects: odd },
    ]
    for (const request of requests)
      await refuses(fixture.lease('first', request), 'invalid', { queue: 'first' })
    assert.deepEqual(await fixture.leaseIds('first'), ['a'])
  })

  test('so is a renewal', async (fixture) => {
    await fixture.enter('a')
    const held = await fixture.leaseOne('first')
    for (const fence of oddFences(held))
      await refuses(fixture.backend.extend('worker', [fence]), 'invalid', { queue: 'first', id: 'a' })
  })

  test('so are a page and a part of a history', async (fixture) => {
    await fixture.enter('a')
    const pages: Page[] = [
      ...[...noCounts, 0, 1001].map((limit) => ({ limit })),
      ...['', 'x', '-1', '1.5', '1e3', '9'.repeat(16)].map((after) => ({ after })),
      ...[{ order: odd }, { only: { status: odd } }],
    ]
    for (const page of pages)
      await refuses(fixture.backend.list('first', page), 'invalid', { queue: 'first' })
    for (const lines of [...noCounts, 0])
      await refuses(fixture.backend.journey('shop', 'a', { limit: lines }), 'invalid', { id: 'a' })
  })

  test('so is a declaration of a queue with an unknown role', async (fixture) => {
    const queue: QueueSpec = { name: 'third', role: odd }
    await refuses(fixture.declare([...usualQueues, queue], 'v2'), 'invalid', { queue: 'third' })
    assert.deepEqual((await fixture.backend.deploys('shop')).length, 1)
  })
}

function oddChanges(held: Fence): readonly Change[] {
  const fence = fenceOf(held)
  const take = { kind: 'take', event: 'cancelled', queue: 'first', id: 'b' } as const
  return [
    ...noCounts.flatMap((deploy) => [entering('c', { deploy }), popping(held, { deploy })]),
    ...[...noCounts, 1.5].filter((each) => each !== -1).map((priority) => entering('c', { priority })),
    ...[...noNumbers, 1e300].map((delayMs) => entering('c', { delayMs })),
    ...[...noNumbers, 1e300].map((delayMs) => postponing(held, { delayMs })),
    ...noCounts.map((hop): Change => ({ ...take, hop })),
    ...noCounts.flatMap((attempt) => [
      popping(held, { attempt }),
      { ...postponing(held), attempt } as Change,
    ]),
    ...noCounts.map((attempt): Change => ({ kind: 'bury', ...fence, attempt })),
    ...noNumbers.map((workMs) => popping(held, { workMs })),
    ...[...noNumbers, 1.5].map(
      (fraction): Change => ({ kind: 'remember', ...fence, progress: { fraction } }),
    ),
    ...oddFences(held).flatMap((each): Change[] => [popping(each), { kind: 'accompany', ...each }]),
    ...[{ ...take, event: odd }, popping(held, { event: odd }), entering('c', { enter: odd })],
  ]
}

function oddFences(held: Fence): readonly Fence[] {
  return noCounts.flatMap((number) => [
    { ...fenceOf(held), hop: number },
    { ...fenceOf(held), lease: number },
  ])
}

function placeOf(change: Change): Partial<Pick<Fence, 'queue' | 'id'>> {
  if (change.kind === 'push') return { queue: change.queue, id: change.token.id }
  return 'queue' in change && change.kind !== 'line' ? change : {}
}
