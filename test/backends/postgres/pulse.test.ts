import { expect, test } from 'vitest'
import { FakeClock } from '../../../src/testing/index.ts'
import { openSchema } from '../../postgres/schemas.ts'
import { entering, shop } from './press-shop.ts'

test('a pulse that is read while meters are written has each of them once', async () => {
  const clock = new FakeClock()
  const { backend } = await openSchema({ clock })
  await backend.declare(shop)
  const cameSince = async () => {
    const { meters } = (await backend.pulse('0')).queues[0]!
    return meters.reduce((sum, { entered }) => sum + entered, 0)
  }
  for (let n = 1; n <= 40; n++) {
    await backend.commit([entering(`t${n}`)])
    // They are written a second after the first.
    const [early, , late] = await Promise.all([cameSince(), clock.advance(1000), cameSince()])
    expect([early, late]).toEqual([n, n])
  }
})
