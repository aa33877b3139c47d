import { expect, it } from 'vitest'
import * as z from 'zod'
import { InvalidError, maxValueBytes } from '../../src/index.ts'
import { nextStay, planPush } from '../../src/queue/plan.ts'

const token = { id: 'a', hop: 1, frames: [], priority: 0, deploy: 1 }

it('plans one push of what the schema makes of the value, at once where the schema can', () => {
  const plan = planPush('q', z.object({ n: z.number().default(1) }))
  expect(plan(token, {} as { n: number })).toEqual([{ kind: 'push', queue: 'q', token, value: { n: 1 } }])
})

it('waits for schemas that take their time', async () => {
  const plan = planPush(
    'q',
    z.string().refine(async (text) => text !== 'bad', 'bad one'),
  )
  const planned = plan(token, 'good')
  expect(planned).toBeInstanceOf(Promise)
  expect(await planned).toMatchObject([{ value: 'good' }])
  await expect(plan(token, 'bad')).rejects.toThrow('Queue "q" refused the value of token "a": bad one.')
})

it('refuses what does not fit with a sentence that names queue, token and place', () => {
  const plan = planPush('q', z.object({ pages: z.array(z.object({ n: z.number() })) }))
  const refused = () => plan(token, { pages: [{ n: 1 }, { n: 'x' }] } as any)
  expect(refused).toThrow(InvalidError)
  expect(refused).toThrow(/^Queue "q" refused the value of token "a": pages\.1\.n: .+\.$/)
})

it.each([
  ['plain text', 'x'],
  ['text of two bytes a letter', 'é'],
  ['text that JSON escapes', '\u0001'],
  ['text outside the BMP', '😀'],
])('allows values of exactly a million bytes and not one more: %s', (_, letter) => {
  const plan = planPush('q', z.object({ text: z.string(), more: z.array(z.number()) }))
  const frame = Buffer.byteLength(JSON.stringify({ text: '', more: [1, 2] }))
  const each = Buffer.byteLength(JSON.stringify(letter)) - 2
  const room = maxValueBytes - frame
  const text = letter.repeat(Math.floor(room / each)) + 'x'.repeat(room % each)
  expect(plan(token, { text, more: [1, 2] })).toHaveLength(1)
  expect(() => plan(token, { text: `${text}x`, more: [1, 2] })).toThrow(
    'Queue "q" refused the value of token "a": it is 1000001 bytes long as JSON, and 1000000 are allowed',
  )
})

it('measures many small values as it does one big one', () => {
  const plan = planPush('q', z.array(z.any()))
  expect(plan(token, Array(300_000).fill(12))).toHaveLength(1)
  expect(() => plan(token, Array(300_000).fill({ a: 1 }))).toThrow('bytes long')
})

it('numbers the next stay, and keeps what belongs to the token', () => {
  const stay = nextStay({ ...token, frames: [1], priority: 5, parent: 'p' }, 9)
  expect(stay).toEqual({ id: 'a', hop: 2, frames: [1], priority: 5, parent: 'p', deploy: 9 })
})

// Taken out, to see this fail: `depth` in `units` and in `faultIn` (a RangeError, or it is taken).
it.each([501, 5000, 200_000])(
  'refuses a value that is nested %i levels deep, before a stack or SQLite does',
  (levels) => {
    const plan = planPush('q', z.any())
    const nested = (depth: number) => {
      let value: unknown = 1
      for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { a: value }
      return value
    }
    expect(plan(token, nested(500))).toHaveLength(1)
    const sentence = 'Queue "q" refused the value of token "a": it is nested more than 500 levels deep.'
    expect(() => plan(token, nested(levels))).toThrow(sentence)
    expect(() => plan(token, ['x'.repeat(maxValueBytes), nested(levels)])).toThrow(sentence)
  },
)

const sparse = [1, 2, 3]
delete sparse[1]
class Point {
  x = 1
}

it.each([
  ['undefined in a list', { v: [1, undefined, 3] }, 'undefined at "v.1"'],
  ['a hole in a list', { v: sparse }, 'undefined at "v.1"'],
  ['NaN', { v: Number.NaN }, 'NaN at "v"'],
  ['a bigint', 1n, '1'],
  ['a function', { deep: { f: () => 1 } }, 'a function at "deep.f"'],
  ['a symbol', [Symbol('s')], 'Symbol(s) at "0"'],
  ['a date', { at: new Date(0) }, 'a value of Date at "at"'],
  ['a map', { m: new Map([['a', 1]]) }, 'a value of Map at "m"'],
  ['bytes', { b: new Uint8Array(2) }, 'a value of Uint8Array at "b"'],
  ['an error', [{ e: new Error('x') }], 'a value of Error at "0.e"'],
])('refuses %s, of which JSON would make something else', (_, value, what) => {
  const plan = planPush('q', z.any())
  expect(() => plan(token, value)).toThrow(
    `Queue "q" refused the value of token "a": ${what} does not survive JSON.`,
  )
})

it.each([{ a: undefined }, [null, [], {}], new Point(), Object.create(null), -0])(
  'takes what survives: %j',
  (value) => {
    expect(planPush('q', z.any())(token, value)).toHaveLength(1)
  },
)
