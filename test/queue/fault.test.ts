import { expect, it } from 'vitest'
import { detailsOf } from '../../src/queue/fault.ts'

it('hands on what the details of an error say, as far as it is plain', () => {
  const details = { file: 'a.txt', actual: 3, ok: false, none: null, deep: { secret: 1 }, nan: Number.NaN }
  const error = Object.assign(new Error('no'), { details })
  expect(detailsOf(error)).toEqual({ details: { file: 'a.txt', actual: 3, ok: false, none: null } })
})

it('hands on nothing where there are no details', () => {
  expect(detailsOf(new Error('no'))).toEqual({})
  expect(detailsOf(undefined)).toEqual({})
  expect(detailsOf(Object.assign(new Error('no'), { details: ['a'] }))).toEqual({})
})

it('bounds the details in number and length', () => {
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`field${i}`, 'x'.repeat(5000)]))
  const kept = Object.values(detailsOf({ details: many }).details ?? {})
  expect(kept).toHaveLength(20)
  expect(String(kept[0]).length).toBeLessThan(2100)
})
