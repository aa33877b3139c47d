import * as crypto from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { isBearer } from '../../src/serve/bearer.ts'

// Taken out, to see this fail: `timingSafeEqual` (a plain `===` of the two texts, or of the two digests, in its place).

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>()
  return { ...real, timingSafeEqual: vi.fn(real.timingSafeEqual) }
})

it('compares tokens in a time that does not depend on what was sent, and by nothing else', () => {
  const compare = vi.mocked(crypto.timingSafeEqual)
  const ask = (authorization?: string) => isBearer({ headers: { authorization } } as never, 'the right one')
  const given = [
    'Bearer the right one',
    'Bearer the right on',
    'Bearer x',
    'Bearer',
    'Basic the right one',
    '',
    undefined,
  ]
  expect(given.map(ask)).toEqual([true, false, false, false, false, false, false])
  expect(compare).toHaveBeenCalledTimes(given.length)
  for (const [one, other] of compare.mock.calls) expect(one.byteLength).toBe(other.byteLength)
  compare.mockReturnValueOnce(true)
  expect(ask('Bearer wrong')).toBe(true)
})
