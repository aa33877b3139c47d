import { expect, test } from 'vitest'
import { printOf } from '../../src/queue/print.ts'

const print = (message: string, id?: string) =>
  printOf({ name: 'Error', message }, id).slice('Error: '.length)

test('what differs from token to token is left out', () => {
  const cases: Record<string, string> = {
    'Page 7 of 12 is torn.': 'Page * of * is torn.',
    "ENOENT: no such file, open '/var/books/32101/a.tar'": "ENOENT: no such file, open '*'",
    'C:\\books\\a.tar is missing': '* is missing',
    'GET https://example.org/a?b=c answered 503': 'GET * answered *',
    'hash d41d8cd98f00b204e9800998ecf8427e, expected 0cc175b9c0f1b6a831c399e269772661': 'hash *, expected *',
    'took 12.5 s, 3 tries, 1, 2, 3': 'took * s, * tries, *',
    'a\nb\tc\0': 'a b c',
  }
  for (const [message, wanted] of Object.entries(cases)) expect(print(message), message).toBe(wanted)
})

test('so is the id of the token, where it is not a word of the sentence', () => {
  expect(print('The book alpha-beta is torn.', 'alpha-beta')).toBe('The book * is torn.')
  expect(print('Token "a" is a torn one.', 'a')).toBe('Token * is a torn one.')
})

test('a print is short, has the code, and can be the value of a mark', () => {
  expect(printOf({ name: 'TypeError', code: 'E_TORN', message: 'x' })).toBe('TypeError E_TORN: x')
  const long = printOf({ name: 'Error', message: `${'\u{1f4d6} '.repeat(500)}\ud800` })
  expect([...long].length).toBeLessThanOrEqual(200)
  expect(long).not.toMatch(/\p{Cs}/u)
})
