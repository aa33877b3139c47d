import { it } from 'vitest'
import { takeSchema } from '../postgres/schemas.ts'

it('times', async () => {
  for (let i = 0; i < 6; i++) {
    const t = [performance.now()]
    const s = takeSchema()
    const b = await s.open()
    t.push(performance.now())
    await b.declare({
      workflow: 'shop',
      queues: [
        { name: 'first', role: 'stage' },
        { name: 'second', role: 'stage' },
        { name: 'desk', role: 'review' },
        { name: 'done', role: 'output' },
      ],
      fingerprint: 'v1',
    })
    t.push(performance.now())
    await b.commit([
      {
        kind: 'push',
        queue: 'first',
        enter: 'refuse',
        value: {},
        token: { id: 'a', hop: 0, frames: [], priority: 0, deploy: 1 },
      },
    ])
    t.push(performance.now())
    await b.lease('first', { owner: 'w', leaseMs: 1000, timeoutMs: 1000 })
    t.push(performance.now())
    await b.count()
    t.push(performance.now())
    await b.close()
    t.push(performance.now())
    await s.free()
    t.push(performance.now())
    console.log(
      t
        .slice(1)
        .map((x, j) => (x - t[j]!).toFixed(1))
        .join(' '),
      'open declare commit lease count close free',
    )
  }
}, 60000)
