import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { isPipewrightError } from '../../src/queue/errors.ts'
import { codeOf, isError, isOf } from '../../src/queue/thrown.mjs'

const elsewhere = (code: string): unknown => runInNewContext(code)

describe('an error of another realm', () => {
  it.each([
    'new Error("x")',
    'new (class Refused extends TypeError {})("x")',
    'Object.create(Error.prototype)',
    'new Proxy(new Error("x"), {})',
  ])('is an error: %s', (code) => {
    expect(isError(elsewhere(code))).toBe(true)
  })

  it('is of its class and of those that this extends', () => {
    const refused = elsewhere('new (class Refused extends TypeError {})("x")')
    const classes = ['Refused', 'TypeError', 'Error', 'RangeError'].map((name) => isOf(refused, name))
    expect(classes).toEqual([true, true, true, false])
    expect(isOf(new DOMException('x'), 'DOMException')).toBe(true)
  })

  it('is one of ours by its code', () => {
    expect(isPipewrightError(elsewhere('Object.assign(new Error("x"), { code: "conflict" })'))).toBe(true)
    expect(isPipewrightError({ code: 'conflict', message: 'x' })).toBe(false)
  })
})

it.each([undefined, null, 'Error', { name: 'Error', message: 'x', stack: 'Error: x' }, Object.create(null)])(
  'what only looks like an error is none: %j',
  (value) => {
    expect(isError(value)).toBe(false)
  },
)

it('what refuses to be looked at is no error, and has no code', () => {
  const { proxy, revoke } = Proxy.revocable(new Error('x'), {})
  revoke()
  expect(isError(proxy)).toBe(false)
  expect(codeOf(proxy)).toBeUndefined()
})
