import { describe, expect, it } from 'vitest'
import type { Backend } from '../../src/index.ts'
import { Blurred, backends, serveScans } from './rig.ts'

describe.each(Object.keys(backends))('on %s', (name) => {
  it('lets one of a hundred decisions at once count, and writes one line of history', async () => {
    const { ask, queues } = await serveScans({}, await backends[name]!())
    await queues.input.push('b1', Blurred({ page: '1', why: 'blurred' }))
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        ask('POST', '/reviews/look/tasks/b1/decide', {
          hop: 1,
          by: `person ${n}`,
          ...(n % 2 ? { decision: 'accept' } : { decision: 'note', fields: { by: `person ${n}`, hop: n } }),
        }),
      ),
    )
    const first = answers.flatMap(({ status }, n) => (status === 200 ? [n] : []))
    expect(first).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(99)
    const { body } = await ask('GET', '/tokens/b1')
    const decided = body.history.filter(({ event }: { event: string }) => event === 'decided')
    expect(decided).toMatchObject([
      { actor: `person ${first[0]}`, reason: first[0]! % 2 ? 'accept' : 'note' },
    ])
    expect(body.queue).toBe('scans/output')
  })

  it('gives a claim to one of fifty, who alone can decide', async () => {
    const { ask, queues } = await serveScans({}, await backends[name]!())
    await queues.input.push('b1', Blurred({ page: '1', why: 'blurred' }))
    const claims = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        ask('POST', '/reviews/look/tasks/b1/claim', { by: `person ${n}` }),
      ),
    )
    const won = claims.filter(({ status }) => status === 200)
    expect(won).toHaveLength(1)
    expect(claims.filter(({ status }) => status === 409)).toHaveLength(49)
    const { hop, lease } = won[0]!.body
    const decide = (more: object) =>
      ask('POST', '/reviews/look/tasks/b1/decide', { decision: 'accept', hop, by: 'x', ...more })
    expect((await decide({})).status).toBe(409)
    expect((await decide({ lease })).status).toBe(200)
  })

  it('refuses a decision without a claim when another person claims at the last moment', async () => {
    const inner = await backends[name]!()
    let claim = async () => {}
    const get: Backend['get'] = async (queue, id) => {
      const row = await inner.get(queue, id)
      await claim()
      return row
    }
    const { ask, artifacts, queues } = await serveScans({}, Object.assign(Object.create(inner), { get }))
    await queues.input.push('b1', Blurred({ page: '1', why: 'blurred' }))
    claim = async () => {
      claim = async () => {}
      await artifacts.look.claim('b1', 'ann')
    }
    const decision = { decision: 'accept', hop: 1, by: 'bob' }
    expect(await ask('POST', '/reviews/look/tasks/b1/decide', decision)).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    })
    expect((await ask('GET', '/reviews/look/tasks/b1')).body.claimedBy).toBe('ann')
  })
})
