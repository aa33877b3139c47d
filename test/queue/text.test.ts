import { expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'
import { matchOf } from '../../src/backends/sqlite/filter/match-of.ts'
import { hasPhrases, phrasesOf, sayTextTerm, textTermsOf, wordsOf } from '../../src/queue/text.ts'
import { Random } from '../../src/testing/backend-model/random.ts'
import { onlySQLite } from '../on/kind.ts'

it('folds case, accents and forms, and splits at all that is no letter or digit', () => {
  expect(wordsOf('Ärger in Straße-7, „ﬁn“ ÉCOLE Ναός naïve')).toEqual(
    'arger in straße 7 fin ecole ναοσ naive'.split(' '),
  )
  expect(wordsOf('हिन्दी 日本語 ﷽'.slice(0, 10))).toEqual(['हिन्दी', '日本語'])
  expect(wordsOf('İstanbul I ı')).toEqual(['istanbul', 'i', 'ı'])
  for (const none of ['', ' ', '"*-():^+', '\0\ud800\t', '\u{1f4d6}']) expect(wordsOf(none)).toEqual([])
})

it('reads words, phrases and beginnings, and says them again', () => {
  const said = 'torn "page seven" book*'
  expect(textTermsOf(said)).toEqual([
    { text: 'torn', isBegin: false },
    { text: 'page seven', isBegin: false },
    { text: 'book', isBegin: true },
  ])
  expect(textTermsOf(said).map(sayTextTerm).join(' ')).toBe(said)
  expect(phrasesOf('E-Mail* "open')).toEqual([
    { words: ['e', 'mail'], isBegin: true },
    { words: ['open'], isBegin: false },
  ])
  expect(phrasesOf('* "" -- "*"')).toEqual([])
})

it('wants every phrase, in its order, and of a beginning only that', () => {
  const found = wordsOf('The torn page of a torn book')
  const has = (text: string) => hasPhrases(found, phrasesOf(text))
  for (const text of ['torn', 'BOOK the', '"torn book"', '"a to"*', 'pag*', '"torn page" boo*'])
    expect(has(text), text).toBe(true)
  for (const text of ['tor', '"page torn"', 'torn missing', '"a to"', 'ook*', '"torn of"'])
    expect(has(text), text).toBe(false)
})

const parts = [
  ...[
    'a',
    'B',
    'Ä',
    'é',
    'e\u0301',
    'ß',
    'ẞ',
    'ﬁ',
    'Σ',
    'ς',
    'İ',
    'ı',
    '7',
    '½',
    '٣',
    '語',
    'हि',
    '가',
    'Ⅻ',
    '\ue000',
  ],
  ...[
    ' ',
    ' ',
    '"',
    '*',
    '-',
    '+',
    '(',
    ')',
    ':',
    '^',
    '{',
    "'",
    '\\',
    '\0',
    '\ud800',
    '\u{1f4d6}',
    '\u{10fffd}',
    ' AND ',
    ' NOT ',
    ' NEAR',
  ],
] as const

it('agrees with SQLite, which is never given syntax of a person', () => {
  onlySQLite('It asks SQLite itself.')
  const db = openDatabase(':memory:')
  onTestFinished(() => void db.close())
  db.exec(`create virtual table t using fts5 (words, content = '', tokenize = 'ascii')`)
  const random = new Random(7)
  const some = (most: number) =>
    Array.from({ length: 1 + random.below(most) }, () => random.pick(parts)).join('')
  const texts = Array.from({ length: 300 }, () => some(12))
  // All letters that Unicode has, some at a time.
  for (let from = 0; from < 0x110000; from += 997)
    texts.push(String.fromCodePoint(...[0, 1, 2].map((n) => Math.min(0x10ffff, from + 331 * n))))
  texts.push('x'.repeat(1000), Array.from({ length: 60 }, (_, n) => `w${n}`).join(' '))
  const insert = db.prepare('insert into t (rowid, words) values (?, ?)')
  for (const [n, text] of texts.entries()) insert.run(n, wordsOf(text).join(' '))
  const find = db.prepare<[string], number>('select rowid from t where t match ? order by rowid').pluck()
  const asked = [
    ...texts,
    ...Array.from({ length: 500 }, () => random.pick([some(4), `"${some(4)}"*`, `${some(2)}*`])),
  ]
  let count = 0
  for (const text of asked) {
    const phrases = phrasesOf(text)
    if (phrases.length === 0) continue
    const wanted = texts.flatMap((each, n) => (hasPhrases(wordsOf(each), phrases) ? [n] : []))
    expect(find.all(matchOf(text)), JSON.stringify(text)).toEqual(wanted)
    count += wanted.length
  }
  expect(count).toBeGreaterThan(2000)
})
