import { expect, it } from 'vitest'
import { Due } from '../../../src/cli/up/mirror/due.ts'
import { Leases } from '../../../src/cli/up/mirror/leases.ts'
import { Touched } from '../../../src/cli/up/mirror/touched.ts'
import type { QueueCount } from '../../../src/queue/queue-count.ts'

const leased = { id: 'a', hop: 1, lease: 1 }

it('believes the history about a token whose lease, or delay, has ended meanwhile', async () => {
  let rows = [leased]
  const leases = new Leases({ list: async () => ({ rows }) as never })
  const counts = [{ queue: 'letters/stamp', leased: 1 } as QueueCount]
  const touched = new Touched()
  await leases.look(counts, touched)
  await leases.look(counts, touched)
  expect(touched.take().get('a')).toEqual({ now: undefined, were: new Set(['letters/stamp']) })

  const due = new Due()
  due.add('b', 'letters/stamp', 5000)
  // Both have moved on before their lease, and their time, are looked at again.
  for (const id of ['a', 'b']) touched.add(id, 'letters/send', 'letters/stamp')
  rows = []
  await leases.look([{ ...counts[0]!, leased: 0 }], touched)
  due.look(6000, touched)
  const after = touched.take()
  for (const id of ['a', 'b'])
    expect(after.get(id)).toEqual({ now: 'letters/send', were: new Set(['letters/send', 'letters/stamp']) })
})
