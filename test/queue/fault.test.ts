import { expect, it } from 'vitest'
import { InvalidError } from '../../src/index.ts'
import { failureOf, faultOf, faultOfBoth } from '../../src/queue/fault.ts'
import { placeIn } from '../../src/queue/stack.ts'

it('has the name, the message and the code of an error, and where it came from', () => {
  const error = Object.assign(new TypeError('no such thing'), { code: 'ENOENT', secret: 'x' })
  expect(faultOf(error)).toEqual({
    kind: 'error',
    name: 'TypeError',
    message: 'no such thing',
    code: 'ENOENT',
    stack: expect.stringMatching(/^at .*fault\.test\.ts:\d+:\d+/),
  })
})

it.each([
  ['a number', new Error('x'), 11000, '11000'],
  ['the number of a DOMException', new DOMException('x', 'AbortError'), 20, undefined],
])('has a code also if it is %s', (_, error, code, expected) => {
  if (!('code' in error)) Object.assign(error, { code })
  expect(faultOf(error).code).toBe(expected)
})

it('keeps the places of the code that failed, and not those by which it was called', () => {
  const own = new URL('../../src/run/work/perform.ts', import.meta.url).href
  const stack = (...places: string[]) => `Error: x\n${places.map((place) => `    at ${place}`).join('\n')}`
  const at = (...places: string[]) =>
    faultOf(Object.assign(new TypeError('x'), { stack: stack(...places) })).stack
  const [mine, lib, ours] = [
    'work (file:///app/flow.ts:1:2)',
    `new Lib (/app/lib.js:3:4)`,
    `perform (${own}:5:6)`,
  ]
  const node = 'process.processTicksAndRejections (node:internal/process/task_queues:95:5)'
  expect(at(ours, lib, ours, mine, node, ours)).toBe(
    [ours, lib, ours, mine].map((place) => `at ${place}`).join('\n'),
  )
  expect(placeIn(at(ours, node, mine)!)).toBe('file:///app/flow.ts:1:2')
  expect(at(ours, node), 'what breaks here').toBe(`at ${ours}\nat ${node}`)
  const refusal = Object.assign(new InvalidError('no'), { stack: stack(ours, node) })
  expect(faultOf(refusal).stack, 'what is refused here').toBeUndefined()
})

it('takes no part of a message for a place', () => {
  const error = new Error(`first\n    at nowhere (file:///no.ts:1:1)\n${'long '.repeat(10_000)}`)
  expect(faultOf(error).stack).toMatch(/^at .*fault\.test\.ts/)
  error.stack = 'made up'
  expect(faultOf(error).stack).toBeUndefined()
})

it('has the causes of an error, nearest first and each once', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const both = new AggregateError([refused, 'a text', { message: 'like one' }], 'all failed')
  refused.cause = both
  const { name, causes } = faultOf(new TypeError('fetch failed', { cause: both }))
  expect(name).toBe('TypeError')
  expect(causes!.map(({ name, message, code }) => [name, message, code])).toEqual([
    ['AggregateError', 'all failed', undefined],
    ['Error', 'connect ECONNREFUSED', 'ECONNREFUSED'],
    ['Error', 'a text', undefined],
    ['Error', 'like one', undefined],
  ])
  expect(causes![1]!.stack).toContain('fault.test.ts')
  expect(
    faultOf(
      new AggregateError(
        Array(1000)
          .fill(0)
          .map(() => new Error('one')),
      ),
    ).causes,
  ).toHaveLength(10)
  let deep: unknown
  for (let i = 0; i < 10_000; i++) deep = new Error(`level ${i}`, { cause: deep })
  expect(faultOf(deep).causes).toHaveLength(5)
})

it.each(['x', '\0', 'é', '\ud800', '"'])('is at most 8 KB long, also where all of it is %j', (part) => {
  const text = part.repeat(100_000)
  const make = (cause?: unknown) =>
    Object.assign(new Error(text, { cause }), {
      name: text,
      code: text,
      stack: `${text}\n    at x (y.ts)`.repeat(50),
    })
  const fault = faultOf(make(make(new AggregateError([make(), make(), make(), make()], text))))
  expect(Buffer.byteLength(JSON.stringify(fault))).toBeLessThan(8192)
  expect(fault.message).toContain(part)
  const twice = faultOfBoth(fault, make(make()))
  expect(Buffer.byteLength(JSON.stringify(twice))).toBeLessThan(8192)
})

it('says what it can of an error that cannot be read', () => {
  const mute = new Proxy(new Error('x'), {
    get() {
      throw new Error('no')
    },
  })
  expect(faultOf(mute)).toEqual({ kind: 'error', name: 'undefined', message: 'undefined' })
})

it('gives `failed` no stacks, but the names and the codes of the causes', () => {
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
  const error = Object.assign(new TypeError('fetch failed', { cause }), { details: { url: 'a' } })
  expect(failureOf(faultOf(error), 3, error)).toEqual({
    kind: 'error',
    name: 'TypeError',
    message: 'fetch failed',
    causes: [{ name: 'Error', message: 'refused', code: 'ECONNREFUSED' }],
    details: { url: 'a' },
    attempts: 3,
  })
})

it('is of the given kind, unless the error says that it is a crash or a timeout', () => {
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
])('has a message for everything that can be thrown: %#', (thrown, message) => {
  expect(faultOf(thrown).message).toBe(message)
})

it('has a bounded length', () => {
  const { message } = faultOf(new Error('x'.repeat(100_000)))
  expect(message.length).toBeLessThan(2100)
})

// Taken out, to see this fail: `shorten` in `cut`.
it('does not show the password of a URL', () => {
  const error = Object.assign(
    new Error('GET http://me:hunter2@host/x failed', { cause: new Error('no a://me:hunter2@b') }),
    {
      details: { url: 'ftp://me:hunter2@host' },
      stack: 'Error: GET http://me:hunter2@host/x failed\n    at go (http://me:hunter2@host/go.js:1:2)',
    },
  )
  const fault = faultOf(error)
  expect(fault).toMatchObject({
    message: 'GET http://...@host/x failed',
    stack: 'at go (http://...@host/go.js:1:2)',
  })
  expect(JSON.stringify(fault)).not.toContain('hunter2')
  expect(failureOf(fault, 1, error).details).toEqual({ url: 'ftp://...@host' })
})
