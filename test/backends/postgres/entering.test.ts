import { expect, onTestFinished, test } from 'vitest'
import type { Backend } from '../../../src/queue/backend.ts'
import type { Change, Enter, Push } from '../../../src/queue/change.ts'
import { Random } from '../../../src/testing/backend-model/random.ts'
import { sql, takeSchema } from '../../postgres/schemas.ts'

const [first, second] = ['shop/first', 'shop/second']
const declaration = {
  workflow: 'shop',
  fingerprint: 'v1',
  queues: [
    { name: first, role: 'stage' },
    { name: second, role: 'stage', behind: [{ gate: 'each', per: 'key' }] },
  ],
  gates: [{ name: 'each', limit: 1 }],
} as const
const asking = { owner: 'ann', leaseMs: 60_000, timeoutMs: 60_000, limit: 5, suspects: 'exclude' } as const

async function open(processes: number) {
  const schema = takeSchema()
  const backends: Backend[] = []
  onTestFinished(async () => {
    for (const backend of backends) await backend.close()
    await schema.free()
  })
  for (let n = 0; n < processes; n++) backends.push(await schema.open())
  for (const backend of backends) await backend.declare(declaration)
  return { backends, schema: schema.name }
}

function entering(id: string, enter: Enter, queue = first): Push {
  const token = { id, hop: 0, frames: [], priority: 0, deploy: 1 }
  return {
    kind: 'push',
    queue,
    token,
    value: { id },
    enter,
    ...(queue === second && { key: id.slice(0, 1) }),
  }
}

test('an id enters once, though it is asked for twice in one turn, in another process, or while it is leased', async () => {
  const { backends, schema } = await open(3)
  const random = new Random(7)
  const entered = new Map<string, number>()
  const refused: unknown[] = []
  for (let turn = 0; turn < 30; turn++) {
    await Promise.all(
      backends.flatMap((backend) => [
        ...Array.from({ length: 12 }, async () => {
          const id = `${random.pick(['a', 'b', 'c'])}${turn}-${random.below(6)}`
          const enter = random.pick(['refuse', 'ignore'] as const)
          try {
            const { skipped } = await backend.commit([entering(id, enter, random.pick([first, second]))])
            if (skipped.length === 0) entered.set(id, (entered.get(id) ?? 0) + 1)
          } catch (error) {
            refused.push((error as Error).name)
          }
        }),
        backend.lease(first, asking),
        backend.lease(second, asking),
      ]),
    )
  }
  expect([...entered.values()].every((times) => times === 1)).toBe(true)
  expect(new Set(refused)).toEqual(new Set(['ConflictError']))
  const count = entered.size
  const [found] = await sql<Record<string, number>>(`
    select (select count(*)::integer from ${schema}.pw_ids) as ids, (select count(*)::integer from ${schema}.pw_tokens) as tokens,
      (select count(*)::integer from ${schema}.pw_history where event = 'entered') as lines,
      (select count(distinct token)::integer from ${schema}.pw_values where hop = 1) as values`)
  expect(found).toEqual({ ids: count, tokens: count, lines: count, values: count })
  const counts = await backends[0]!.count()
  for (const { queue, ready, leased } of counts) {
    const [rows] = await sql<Record<string, number>>(
      `select count(*) filter (where t.status = 'ready')::integer as ready, count(*) filter (where t.status = 'leased')::integer as leased
         from ${schema}.pw_tokens t join ${schema}.pw_queues q on q.ref = t.queue where q.name = $1`,
      [queue],
    )
    expect({ ready, leased }).toEqual(rows)
  }
  const most = await sql<{ held: number }>(
    `select held::integer from ${schema}.pw_gates where name = 'each' and key <> ''`,
  )
  expect(most.map(({ held }) => held)).toEqual([1, 1, 1])
})

test('what enters as it came before is replaced by the rules, with all that follows from it', async () => {
  const { backends } = await open(1)
  const [backend] = backends as [Backend]
  const changes: readonly Change[][] = [
    [entering('x', 'refuse')],
    [entering('x', 'replace')],
    [entering('y', 'replace')],
  ]
  await Promise.all(changes.map((each) => backend.commit(each)))
  const events = await Promise.all(
    ['x', 'y'].map(async (id) => (await backend.journey('shop', id))!.lines.map(({ event }) => event)),
  )
  expect(events).toEqual([['entered', 'replaced', 'entered'], ['entered']])
})
