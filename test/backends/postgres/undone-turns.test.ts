import { expect, onTestFinished, test } from 'vitest'
import type { Change } from '../../../src/queue/change.ts'
import type { Leased } from '../../../src/queue/rows.ts'
import { takeSchema } from '../../postgres/schemas.ts'
import { watchedPool } from '../../postgres/watched-pool.ts'

const [press, next] = ['shop/press', 'shop/next']
const asking = { owner: 'ann', leaseMs: 60_000, timeoutMs: 60_000, limit: 5, suspects: 'exclude' } as const

/** A backend, and what its statements have failed with. */
async function open() {
  const errors: string[] = []
  const pool = watchedPool({ max: 3 }, (_, answer) => {
    answer.catch(({ code }: { code?: string }) => errors.push(String(code)))
  })
  const schema = takeSchema()
  const backend = await schema.open({ pool })
  onTestFinished(async () => {
    await backend.close()
    await pool.end()
    await schema.free()
  })
  return { backend, errors }
}

function declaration(fingerprint: string, breaker?: { failures: number; forMs: number }) {
  return {
    ...{ workflow: 'shop', fingerprint },
    queues: [
      { name: press, role: 'stage', behind: [{ gate: 'machine' }] },
      { name: next, role: 'stage' },
    ],
    gates: [
      { name: 'machine', limit: 5, ...(breaker && { breaker }) },
      { name: 'api', limit: 5 },
    ],
  } as const
}

function push(id: string): Change {
  const token = { id, hop: 0, frames: [], priority: 0, deploy: 1 }
  return { kind: 'push', queue: press, token, value: 1, enter: 'refuse' }
}

function hop({ id, hop, lease }: Leased): readonly Change[] {
  const token = { id, hop: hop + 1, frames: [], priority: 0, deploy: 1 }
  return [
    { kind: 'pop', event: 'moved', queue: press, id, hop, lease },
    { kind: 'push', queue: next, token, value: 1 },
  ]
}

test('what was paid during the work at a gate beside those of the queue undoes no turn', async () => {
  const { backend, errors } = await open()
  await backend.declare(declaration('v1'))
  for (const id of ['a', 'b']) {
    await backend.commit([push(id)])
    const [held] = await backend.lease(press, asking)
    await backend.pass({ queue: press, id, hop: held!.hop, lease: held!.lease }, { gate: 'api' })
    await backend.commit(hop(held!))
  }
  expect(errors).toEqual([])
  const gates = await backend.gates()
  expect(gates.map(({ name, held }) => [name, held])).toEqual(
    expect.arrayContaining([
      ['api', 0],
      ['machine', 0],
    ]),
  )
})

test('a failure that was counted by a breaker which is declared no more undoes no turn', async () => {
  const { backend, errors } = await open()
  await backend.declare(declaration('v1', { failures: 3, forMs: 1000 }))
  await backend.commit([push('bad')])
  const [bad] = await backend.lease(press, asking)
  const error = { kind: 'error', name: 'Error', message: 'no' } as const
  await backend.commit([{ kind: 'bury', queue: press, id: 'bad', hop: bad!.hop, lease: bad!.lease, error }])
  await backend.declare(declaration('v2'))
  for (const id of ['a', 'b']) {
    await backend.commit([push(id)])
    const [held] = await backend.lease(press, asking)
    await backend.commit(hop(held!))
  }
  expect(errors).toEqual([])
})

test('a limit of a key that was set by hand, with whatever reason, undoes no turn', async () => {
  const { backend, errors } = await open()
  await backend.declare({
    ...declaration('v1'),
    queues: [
      { name: press, role: 'stage', behind: [{ gate: 'machine', per: 'key' }] },
      { name: next, role: 'stage' },
    ],
  })
  await backend.commit([{ ...push('a'), key: 'k' } as Change])
  await backend.commit([
    { kind: 'gate', name: 'machine', key: 'k', limit: 1, actor: 'ann', reason: 'a "rate" of \0 and \ud800' },
  ])
  await backend.commit([{ ...push('b'), key: 'k' } as Change])
  const [held, ...more] = await backend.lease(press, asking)
  expect([held?.id, more]).toEqual(['a', []])
  await backend.commit(hop(held!))
  expect((await backend.lease(press, asking)).map(({ id }) => id)).toEqual(['b'])
  expect(errors).toEqual([])
})
