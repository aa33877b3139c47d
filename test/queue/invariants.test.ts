import { expect, it } from 'vitest'
import { checkHeld, checkWaits } from '../../src/queue/rules/invariants.ts'

it('refuses what would hold more at a gate than its limit', () => {
  expect(() => checkHeld('disk', { held: 3, limit: 2 })).toThrow(
    'at gate "disk" a lease would hold 3 units where 2 are the limit',
  )
  for (const limit of [undefined, 3, 4]) expect(checkHeld('disk', { held: 3, limit })).toBeUndefined()
})

it('refuses a message that waits for what has come', () => {
  const wait = (missing: number) => ({
    for: [
      { name: 'a', count: 2, missing: 2 },
      { name: 'b', count: 1, missing },
    ],
  })
  expect(() => checkWaits(7, { status: 'waiting', wait: wait(0) })).toThrow(
    'the message of token number 7 waits for letters of which none is missing',
  )
  expect(checkWaits(7, { status: 'waiting', wait: wait(1) })).toBeUndefined()
  expect(checkWaits(7, { status: 'ready', wait: undefined })).toBeUndefined()
})
