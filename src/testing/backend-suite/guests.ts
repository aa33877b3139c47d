import assert from 'node:assert/strict'
import type { Receipt } from '../../queue/backend.ts'
import type { Change } from '../../queue/change.ts'
import { entering, type Fixture, moving, refuses, workflow } from './fixture.ts'
import type { Begun } from './opened.ts'
import type { Test } from './suite.ts'

/** What is committed in a transaction of the caller's. Backends that share none pass. */
export function guests(test: Test): void {
  const sharing = (name: string, body: (fixture: Fixture, begin: () => Promise<Within>) => Promise<void>) =>
    test(name, async (fixture) => {
      const { begin } = fixture
      if (begin) await body(fixture, async () => within(fixture, await begin()))
      else assert.equal(fixture.backend.commitIn, undefined, 'the suite needs `begin` to test it')
    })

  sharing(
    'what enters in a transaction is there when that is committed, and not before',
    async (fixture, begin) => {
      const { apply, commit } = await begin()
      assert.deepEqual(await apply([entering('a', { priority: 3, value: { deep: [1] } })]), {
        ...{ repeated: false, skipped: [] },
      })
      assert.equal(await fixture.backend.get('first', 'a'), undefined)
      await commit()
      assert.deepEqual(await fixture.events('a'), ['entered first'])
      const { priority, value } = await fixture.row('first', 'a')
      assert.deepEqual({ priority, value }, { priority: 3, value: { deep: [1] } })
      assert.equal((await fixture.counts('first')).ready, 1)
      assert.deepEqual(await fixture.leaseIds('first'), ['a'])
    },
  )

  sharing('what enters in a transaction that is rolled back was never there', async (fixture, begin) => {
    const { apply, rollback } = await begin()
    await apply([entering('a')])
    await rollback()
    assert.equal(await fixture.backend.journey(workflow, 'a'), undefined)
    assert.equal((await fixture.counts('first')).ready, 0)
    await fixture.enter('a')
    assert.equal((await fixture.row('first', 'a')).hop, 1)
  })

  sharing('what is refused has changed nothing of the transaction', async (fixture, begin) => {
    await fixture.enter('known')
    const { apply, commit } = await begin()
    await apply([entering('a')])
    await refuses(apply([entering('b'), entering('known')]), 'conflict', { id: 'known' })
    await refuses(apply([entering('a')]), 'conflict', { id: 'a' })
    await refuses(apply([entering('b', { queue: 'nowhere' })]), 'not_found')
    await apply([entering('c')])
    await commit()
    assert.deepEqual(await fixture.leaseIds('first'), ['known', 'a', 'c'])
    assert.equal(await fixture.backend.journey(workflow, 'b'), undefined)
  })

  sharing('it is known what a commit in a transaction has passed over, or repeats', async (_, begin) => {
    const { apply, commit } = await begin()
    const once = { kind: 'put', workflow, key: 'once/k', forMs: 60_000, repeat: true } as const
    assert.equal((await apply([once, entering('a')])).repeated, false)
    assert.equal((await apply([once, entering('b')])).repeated, true)
    assert.deepEqual((await apply([entering('c'), entering('a', { enter: 'ignore' })])).skipped, [1])
    await commit()
  })

  sharing(
    'a hop is part of a transaction too, and its lease holds if that is rolled back',
    async (fixture, begin) => {
      await fixture.enter('a')
      const held = await fixture.leaseOne('first')
      const taken = await begin()
      await taken.apply(moving(held, 'second'))
      await taken.rollback()
      assert.deepEqual(await fixture.extend([held]), ['a'])
      const kept = await begin()
      await kept.apply(moving(held, 'second'))
      await kept.commit()
      assert.deepEqual(await fixture.events('a'), ['entered first', 'moved first'])
      await refuses(fixture.backend.commit(moving(held, 'second')), 'lease_lost')
    },
  )

  sharing('what is no transaction that has begun is refused', async (fixture, begin) => {
    const apply = async (transaction: object) => fixture.backend.commitIn!(transaction, [entering('a')])
    await refuses(apply({}), 'invalid')
    await refuses(apply(null as never), 'invalid')
    const { transaction, commit } = await begin()
    await commit()
    await refuses(apply(transaction), 'invalid')
    assert.equal(await fixture.backend.journey(workflow, 'a'), undefined)
  })
}

interface Within extends Begun {
  readonly apply: (changes: readonly Change[]) => Promise<Receipt>
}

// Promised, whether the backend answers at once or not.
function within({ backend }: Fixture, begun: Begun): Within {
  return { ...begun, apply: async (changes) => backend.commitIn!(begun.transaction, changes) }
}
