import { expect, it } from 'vitest'
import * as z from 'zod'
import { oneOf, state } from '../../src/index.ts'
import { sayIssues } from '../../src/schema/schema.ts'

const Page = state('Page', z.object({ n: z.number().default(1) }))
const Cover = state('Cover', z.object({ colour: z.string() }))
const check = (schema: any, value: unknown) => schema['~standard'].validate(value)

it('makes values that say which state they are in', () => {
  expect(Page({ n: 3 })).toEqual({ tag: 'Page', n: 3 })
  expect(Cover({ ...Page({ n: 3 }), colour: 'red' }), 'also out of a value in another state').toEqual({
    ...{ tag: 'Cover', n: 3, colour: 'red' },
  })
})

it('accepts its own values, as its schema sees them', () => {
  expect(check(Page, { tag: 'Page' })).toEqual({ value: { tag: 'Page', n: 1 } })
  expect(check(Page, { tag: 'Page', n: 'x' }).issues[0].path).toEqual(['n'])
})

it.each([
  [{ tag: 'Cover', colour: 'red' }, 'expected state "Page", found state "Cover"'],
  [{ n: 1 }, 'expected state "Page", found a value without a tag'],
  [{ tag: 7 }, 'expected state "Page", found a value without a tag'],
  [null, 'expected state "Page", found a value without a tag'],
  ['Page', 'expected state "Page", found a value without a tag'],
])('refuses %j with a sentence', (value, message) => {
  expect(check(Page, value)).toEqual({ issues: [{ message }] })
})

it('keeps strict schemas strict about the fields, and not about the tag', () => {
  const Strict = state('Strict', z.strictObject({ n: z.number() }))
  expect(check(Strict, { tag: 'Strict', n: 1 })).toEqual({ value: { tag: 'Strict', n: 1 } })
  expect(check(Strict, { tag: 'Strict', n: 1, more: 2 }).issues).toHaveLength(1)
})

it('waits for schemas that take their time', async () => {
  const Slow = state(
    'Slow',
    z.object({ n: z.number() }).refine(async ({ n }) => n > 0, 'too small'),
  )
  expect(await check(Slow, { tag: 'Slow', n: 1 })).toEqual({ value: { tag: 'Slow', n: 1 } })
  expect((await check(oneOf(Slow, Page), { tag: 'Slow', n: 0 })).issues).toMatchObject([
    { message: 'too small' },
  ])
})

it('accepts any of several states, also of several of several', () => {
  const Any = oneOf(oneOf(Page, Cover), Page)
  expect(Any.tags).toEqual(['Page', 'Cover'])
  expect(check(Any, { tag: 'Page', n: 2 })).toEqual({ value: { tag: 'Page', n: 2 } })
  expect(check(Any, { tag: 'Cover' }).issues).toHaveLength(1)
  expect(check(Any, { tag: 'Spine' })).toEqual({
    issues: [{ message: 'expected state "Page" or "Cover", found state "Spine"' }],
  })
})

it('refuses an empty name, and two states of one name', () => {
  expect(() => state('', z.object({}))).toThrow('A state needs a name: state("") is empty.')
  const Other = state('Page', z.object({ m: z.number() }))
  expect(() => oneOf(Page, Other as any)).toThrow(
    'oneOf() was given two different states that are both called "Page".',
  )
})

it('says every issue and where it is', () => {
  const issues = [
    { message: 'too big', path: ['pages', 0, { key: 'n' }] },
    { message: 'odd' },
    { message: 'x', path: [Symbol('s')] },
  ]
  expect(sayIssues(issues)).toBe('pages.0.n: too big; odd; Symbol(s): x')
})
