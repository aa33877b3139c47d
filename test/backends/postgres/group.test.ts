import { expect, test } from 'vitest'
import { Group } from '../../../src/backends/postgres/commit/group.ts'
import type { Request } from '../../../src/backends/postgres/commit/request.ts'

test('a mistake in our own code fails the requests of its turn, and no others', async () => {
  let turns = 0
  const group = new Group({
    database: { where: 'postgres://here/queues' } as never,
    transaction: undefined as never,
    async express(first: readonly Request[]) {
      if (++turns === 1) throw new TypeError('no such thing')
      for (const { resolve } of first) resolve('done' as never)
      return []
    },
    committed: () => {},
  })
  const asked = [group.ask({}), group.ask({})]
  const outcomes = await Promise.allSettled(asked)
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(asked[0]).rejects.toThrow(
    /postgres:\/\/here\/queues failed by a bug in Pipewright: .*no such thing/,
  )
  expect(await group.ask({})).toBe('done')
  await group.idle()
})
