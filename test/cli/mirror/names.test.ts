import { expect, it } from 'vitest'
import { fileNameOf, idOfName } from '../../../src/cli/up/mirror/names.mjs'

it('a plain id is the name of its file, and any other can be read in it', () => {
  const names: Readonly<Record<string, string>> = {
    ABC123: 'ABC123.json',
    'page.12_a-b': 'page.12_a-b.json',
    '.hidden': '%2Ehidden.json',
    'a/b c': 'a%2Fb%20c.json',
    '50%': '50%25.json',
    '~x': '%7Ex.json',
    é漢: '%C3%A9%E6%BC%A2.json',
  }
  for (const [id, name] of Object.entries(names)) {
    expect(fileNameOf(id)).toBe(name)
    expect(idOfName(name)).toBe(id)
  }
})

it('a name that no file of a token has is taken as it is', () => {
  expect(['a b.json', '50%.json', '%41.json', 'a%2fb.json'].map(idOfName)).toEqual([
    'a b',
    '50%',
    '%41',
    'a%2fb',
  ])
})

it('a long id gets a name that every file system takes, and another one another', () => {
  const [one, other] = ['x', 'y'].map((last) => fileNameOf(`${'漢/'.repeat(100)}${last}`))
  expect(one).not.toBe(other)
  expect(one).toMatch(/^(?:%[0-9A-F]{2})+~[0-9a-f]{32}\.json$/)
  expect(one!.length).toBeLessThan(200)
})

it('ids that differ in capitals have names that differ otherwise where the file system ignores case', () => {
  const lower = ['abc', 'Abc', 'ABC', 'a/c'].map((id) => fileNameOf(id, true).toLowerCase())
  expect(new Set(lower).size).toBe(4)
  expect(fileNameOf('abc', true)).toBe('abc.json')
  expect(fileNameOf('a/c', true)).toBe('a%2Fc.json')
})
