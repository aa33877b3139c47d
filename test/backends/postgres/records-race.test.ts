import { expect, onTestFinished, test } from 'vitest'
import type { Backend } from '../../../src/queue/backend.ts'
import type { Change } from '../../../src/queue/change.ts'
import { sql, takeSchema } from '../../postgres/schemas.ts'

const queue = 'shop/main'

async function open() {
  const schema = takeSchema()
  const backends: Backend[] = []
  onTestFinished(async () => {
    for (const backend of backends) await backend.close()
    await schema.free()
  })
  for (let n = 0; n < 3; n++) backends.push(await schema.open())
  for (const backend of backends)
    await backend.declare({ workflow: 'shop', fingerprint: '', queues: [{ name: queue, role: 'stage' }] })
  return { backends, schema: schema.name }
}

function push(id: string, more: object = {}): Change {
  const token = { id, hop: 0, frames: [], priority: 0, deploy: 1 }
  return { kind: 'push', queue, token, value: 1, enter: 'refuse', ...more }
}

const once = (key: string): Change => ({ kind: 'put', workflow: 'shop', key, forMs: 60_000, repeat: true })

test('of processes that ask at once for a record not to be there one has it', async () => {
  const { backends } = await open()
  for (let n = 0; n < 40; n++) {
    const asked = backends.map((backend, i) =>
      backend.commit([{ kind: 'put', workflow: 'shop', key: `k${n}`, value: i, ifRev: 0 }]),
    )
    const outcomes = await Promise.allSettled(asked)
    expect(
      outcomes.filter(({ status }) => status === 'fulfilled'),
      `round ${n}`,
    ).toHaveLength(1)
  }
})

test.each([
  { how: 'in the statement of a turn', more: [{}, {}, {}] },
  { how: 'by the rules', more: [{ reason: 'a test' }, { reason: 'a test' }, { reason: 'a test' }] },
  { how: 'in both ways', more: [{}, { reason: 'a test' }, {}] },
])('what processes do at once under one key happens once ($how)', async ({ more }) => {
  const { backends, schema } = await open()
  for (let n = 0; n < 40; n++) {
    const receipts = await Promise.all(
      backends.map((backend, i) => backend.commit([once(`k${n}`), push(`t${n}-${i}`, more[i])])),
    )
    expect(
      receipts.filter(({ repeated }) => !repeated),
      `round ${n}`,
    ).toHaveLength(1)
  }
  const [tokens] = await sql<{ count: number }>(`select count(*)::integer as count from ${schema}.pw_tokens`)
  expect(tokens!.count).toBe(40)
})

test('a key may be used again when its time is over', async () => {
  const { backends, schema } = await open()
  await backends[0]!.commit([once('k'), push('a')])
  await sql(`update ${schema}.pw_records set until = 1 where key = 'k'`)
  const receipts = await Promise.all(backends.map((backend, i) => backend.commit([once('k'), push(`b${i}`)])))
  expect(receipts.filter(({ repeated }) => !repeated)).toHaveLength(1)
})
