import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bareName } from '../../../workflows/books/bare-name.ts'
import type { Defect } from '../../../workflows/books/defect.ts'
import { checkChecksums } from '../../../workflows/books/package/checksums.ts'
import { scratchFolder } from './scratch.ts'

const md5 = (text: string) => createHash('md5').update(text).digest('hex')
const [one, two] = [md5('one'), md5('two')]

/** What is found in a folder of two files, called `one` and `two` after what is in them, with this list. */
async function found(list: string | Buffer): Promise<string[]> {
  const folder = scratchFolder()
  for (const name of ['one', 'two']) writeFileSync(join(folder, name), name)
  writeFileSync(join(folder, 'checksum.md5'), list)
  const defects: Defect[] = []
  await checkChecksums(folder, ['one', 'two', 'checksum.md5'], {
    report: (defect) => void defects.push(defect),
  })
  return defects.map(({ code, message }) => `${code}: ${message}`)
}

test.each([
  ['as md5sum writes it', `${one}  one\n${two}  two\n`],
  ['without an end of its last line', `${one}  one\n${two}  two`],
  ['with the line ends of Windows', `${one}  one\r\n${two}  two\r\n`],
  ['in upper case', `${one.toUpperCase()}  one\n${two.toUpperCase()}  two\n`],
  ['as md5sum -b writes it', `${one} *one\n${two} *two\n`],
  ['of the files of a folder', `${one}  ./one\n${two} *././two\n`],
  ['with blanks before a line, and a tab in it', `  ${one}\tone\n\t${two}  two\n`],
  ['as md5 -r of BSD writes it', `${one} one\n${two} two\n`],
  ['as md5 of BSD writes it', `MD5 (one) = ${one}\nMD5 (./two) = ${two}\n`],
  ['as openssl writes it', `MD5(one)= ${one}\nMD5(two)= ${two}\n`],
  ['with names escaped', `\\${one}  one\n\\MD5 (two) = ${two}\n`],
  ['with a byte order mark', `\ufeff${one}  one\n${two}  two\n`],
  ['with blank lines and remarks', `# made by hand\n\n${one}  one\n${two}  two\n\n \n\r\n`],
  ['with a line twice', `${one}  one\n${two}  two\n${one}  one\n`],
  [
    'with itself in it, as it was before it was written',
    `${md5('')}  checksum.md5\n${one}  one\n${two}  two\n`,
  ],
])('a list %s is read', async (_what, list) => {
  expect(await found(list)).toEqual([])
})

test.each([
  [
    'an md5 that differs, in upper case',
    `${one.toUpperCase()}  one\n${one.toUpperCase()}  two\n`,
    'BadChecksum: The md5 of two is',
  ],
  ['two md5s of one name', `${one}  one\n${two}  one\n${two}  two\n`, 'BadFile: Line 2 of'],
  ['a line that is none', `${one}  one\n${two}two\n${two}  two\n`, 'BadFile: Line 2 of'],
  ['a short md5', `${one}  one\n${two}  two\n${one.slice(1)}  one\n`, 'BadFile: Line 3 of'],
  ['an escape that does not exist', `${one}  one\n${two}  two\n\\${two}  t\\wo\n`, 'BadFile: Line 3 of'],
  [
    'a name that is not there',
    `${one}  one\n${two}  two\n${two}  ../two\n`,
    'MissingFile: The package has no ../two,',
  ],
  ['a file that it does not name', `${one}  one\n`, 'MissingField: checksum.md5 does not name two.'],
])('%s is found', async (_what, list, sentence) => {
  const defects = await found(list)
  expect(defects).toHaveLength(1)
  expect(defects[0]).toContain(sentence)
})

// Without the `?` after `[ *]` in `ofGnu`, a list in the way of `md5 -r` is refused.
test('however a right list is written, it is right; with a digit changed it is wrong', async () => {
  const style = fc.constantFrom(
    (sum: string, name: string) => `${sum}  ${name}`,
    (sum: string, name: string) => `${sum} *${name}`,
    (sum: string, name: string) => `MD5 (${name}) = ${sum}`,
    (sum: string, name: string) => `\\${sum}\t${name}`,
  )
  const filler = fc.constantFrom('', '# x\n', '\n', '\r\n')
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(style, style, filler, filler, fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.boolean()),
      fc.nat(31),
      async ([first, second, before, between, end, isUpper, isWhole], digit) => {
        const cased = (sum: string) => (isUpper ? sum.toUpperCase() : sum)
        const list = (sum: string) =>
          `${before}${first(cased(sum), 'one')}${end}${between}` +
          `${second(cased(two), './two')}${isWhole ? end : ''}`
        expect(await found(list(one))).toEqual([])
        const other = one[digit] === '0' ? '1' : '0'
        expect(await found(list(one.slice(0, digit) + other + one.slice(digit + 1)))).toHaveLength(1)
      },
    ),
    { numRuns: 40 },
  )
})

test('a line that is longer than any name is reported by its number, not by what it does to the reader', async () => {
  const lists = ['./'.repeat(2 ** 22), `${'\\\\'.repeat(2 ** 20)}x`, 'x'.repeat(2 ** 22)]
  for (const name of lists) {
    expect(await found(`${one}  one\n${two}  two\n\\${one}  ${name}\n`)).toEqual([
      'TooLarge: Line 3 of checksum.md5 is longer than 4096 characters.',
    ])
  }
})

test('any number of `./` before a name is passed over', () => {
  expect(bareName(`${'.//./'.repeat(2 ** 22)}.one`)).toBe('.one')
  expect(['./', '.', '../a', '/a', 'a/./b', ''].map(bareName)).toEqual(['', '.', '../a', '/a', 'a/./b', ''])
})
