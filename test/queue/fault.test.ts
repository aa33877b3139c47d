import { expect, it } from 'vitest'
import { detailsOf, faultOf } from '../../src/queue/fault.ts'

it('tells the name, the message and the code of an error, and never its stack', () => {
  const error = Object.assign(new TypeError('no such thing'), { code: 'ENOENT', secret: 'x' })
  expect(faultOf(error)).toEqual({
    kind: 'error',
    name: 'TypeError',
    message: 'no such thing',
    code: 'ENOENT',
  })
})

it('is of the kind that it is told, unless the error says that it is a crash or a timeout', () => {
  expect(faultOf(new Error('x'), 'timeout').kind).toBe('timeout')
  expect(faultOf(Object.assign(new Error('x'), { kind: 'crash' })).kind).toBe('crash')
  expect(faultOf(Object.assign(new Error('x'), { kind: 'banana' })).kind).toBe('error')
})

it.each([
  ['text', 'text'],
  [undefined, 'undefined'],
  [null, 'null'],
  [Symbol('odd'), 'Symbol(odd)'],
  [{ message: 'from elsewhere', secret: 'x' }, 'from elsewhere'],
  [{ secret: 'x' }, '[object Object]'],
  [Object.create(null), '[object Object]'],
  [Object.assign(new Error('x'), { message: 42 }), '42'],
  [Object.assign(new Error('x'), { message: Object.create(null) }), '[object Object]'],
])('has a message for whatever is thrown: %#', (thrown, message) => {
  expect(faultOf(thrown).message).toBe(message)
})

it('has a bounded length', () => {
  const { message } = faultOf(new Error('x'.repeat(100_000)))
  expect(message.length).toBeLessThan(2100)
})

// Taken out, to see this fail: `shorten` in `cut`.
it('does not tell the password of a URL', () => {
  const error = Object.assign(new Error('GET http://me:pw@host/x failed'), {
    details: { url: 'ftp://me:pw@host' },
  })
  expect(faultOf(error).message).toBe('GET http://...@host/x failed')
  expect(detailsOf(error)).toEqual({ details: { url: 'ftp://...@host' } })
})
