import { describe, expect, it, test } from 'vitest'
import type { Filter } from '../../src/queue/filter.ts'
import { parseFilter } from '../../src/queue/filter-language.ts'
import { sayFilter } from '../../src/queue/say-filter.ts'
import { Random } from '../../src/testing/backend-model/random.ts'
import { filterParts, randomFilter } from './random-filter.ts'

const now = Date.parse('2026-11-27T12:00:00Z')
const day = 86_400_000
const reading = { now, me: 'ann', workflow: 'books' }
const parse = (text: string) => parseFilter(text, reading)

test('all that can be said is understood as it was meant', () => {
  const random = new Random(7)
  for (let n = 0; n < 3000; n++) {
    const filter = randomFilter(random)
    const text = sayFilter(filter, reading)
    expect(parse(text), text).toEqual(filter)
  }
})

describe('what people write', () => {
  const cases: readonly (readonly [string, Filter])[] = [
    ['', {}],
    [
      'class:decrypt,package  -name:BadChecksum',
      { marks: { class: { any: ['decrypt', 'package'] }, name: { none: ['BadChecksum'] } } },
    ],
    ['age>1d', { arrived: { to: now - day } }],
    ['age<=2h age>1h', { arrived: { from: now - 7_200_000, to: now - 3_600_000 } }],
    ['due<2026-12-01', { marks: { due: { to: Date.parse('2026-12-01') } } }],
    [
      'due>=2026-12-01T10:30 due<3d',
      { marks: { due: { from: Date.parse('2026-12-01T10:30Z'), to: now + 3 * day } } },
    ],
    ['attempts>=3 attempts<=5', { attempts: { from: 3, to: 6 } }],
    ['deploy:4', { deploy: { from: 4, to: 5 } }],
    ['claimed:me', { owner: 'person:ann' }],
    ['claimed:none', { owner: null }],
    ['claimed:"none"', { owner: 'person:none' }],
    ['owner:host:7:ab', { owner: 'host:7:ab' }],
    ['assignee:', { marks: { assignee: { any: [null] } } }],
    ['-assignee:', { marks: { assignee: { none: [null] } } }],
    ['has:comment -has:draft', { marks: { comment: { none: [null] }, draft: { any: [null] } } }],
    ['is:overdue is:proposed', { marks: { due: { to: now }, proposed: { none: [null] } } }],
    ['is:mine', { marks: { assignee: { any: ['ann'] } } }],
    ['is:dead is:suspect', { status: 'dead', suspect: true }],
    ['state:Failed', { tag: 'Failed' }],
    ['from:decrypt,books/unpack', { marks: { source: { any: ['books/decrypt', 'books/unpack'] } } }],
    ['like:"Error: It broke."', { marks: { print: { any: ['Error: It broke.'] } } }],
    ['32101', { idPart: '32101' }],
    ['"a b:c"', { idPart: 'a b:c' }],
    ['id:a,b', { ids: ['a', 'b'] }],
    ['id:321*', { idPrefix: '321' }],
    ['pages:7', { marks: { pages: { any: [7, '7'] } } }],
    ['pages:#7,"7",007', { marks: { pages: { any: [7, '7', '007'] } } }],
    ['@age:7', { marks: { age: { any: [7, '7'] } } }],
    [
      '.book.pages[0]:7 .ok:true ."a b":"7"',
      {
        where: [
          { path: 'book.pages[0]', is: 7 },
          { path: 'ok', is: true },
          { path: 'a b', is: '7' },
        ],
      },
    ],
    ['text:torn', { text: 'torn' }],
    ['text:"page seven" class:a text:boo*', { text: '"page seven" boo*', marks: { class: { any: ['a'] } } }],
    ['text:"say \\"no\\" more"*', { text: '"say  no  more"*' }],
    ['@text:torn', { marks: { text: { any: ['torn'] } } }],
    ['score>0.5', { marks: { score: { from: 0.5000000000000001 } } }],
  ]
  for (const [text, filter] of cases) it(text || 'nothing', () => expect(parse(text)).toEqual(filter))
})

test('what cannot be read is refused with its place and a sentence', () => {
  const keys = ['class', 'name']
  const say = (text: string) => {
    try {
      parseFilter(text, { now, keys })
    } catch (error) {
      const { message, issues, code } = error as {
        message: string
        issues: { path: number[] }[]
        code: string
      }
      expect(code).toBe('invalid')
      return [issues?.[0]?.path[0], message]
    }
    return ['understood']
  }
  expect(say('age>1d clas:x')).toEqual([
    7,
    'The filter cannot be read at character 8: unknown key "clas". Did you mean "class"?',
  ])
  expect(say('attempst>3')[1]).toContain('Did you mean "attempts"?')
  const places: readonly (readonly [string, number, RegExp])[] = [
    ['class:"x', 6, /a quote is not closed/],
    ['class:a"b', 6, /a quote belongs around all of a value/],
    ['class:"a"b', 9, /a space is missing/],
    ['class:a class:b', 8, /is there twice/],
    ['due<2026-12-01 due<=5', 15, /two upper bounds/],
    ['due<soon', 4, /neither a number nor a time/],
    ['-due<5', 0, /no minus/],
    ['age>many', 4, /not a time such as 2d/],
    ['a b', 2, /asked for twice/],
    [',', 0, /a comma is between the values of a key; a text that has one is put in quotes\.$/],
    ['Smith, John', 5, /a comma is between the values of a key/],
    ['"a",b', 3, /a comma is between/],
    ['id:a ,b', 5, /a comma is between/],
    ['claimed:me', 8, /not known who you are/],
    ['-claimed:ann', 0, /only marks can be excluded/],
    ['state>Failed', 0, /write a colon/],
    ['state:', 6, /a value is missing/],
    ['state:a,b', 8, /one value only/],
    ['is:odd', 3, /none of ready, leased, delayed, dead, waiting, or suspect/],
    ['id:a,b*', 5, /stands alone/],
    ['class:a*', 6, /only an id/],
    ['text:a,b', 7, /write text: before each/],
    ['-text:a', 0, /only marks can be excluded/],
    ['.a..b:1', 0, /no path into a value/],
    [`${'x'.repeat(4001)}`, 4000, /4000 characters at most/],
  ]
  for (const [text, at, sentence] of places) {
    const [place, message] = say(text)
    expect([place, message], text).toEqual([at, expect.stringMatching(sentence)])
  }
})

// One was read for ever, until the process had no memory left: this test would end so too.
test('any text is understood or refused', () => {
  const random = new Random(11)
  const outcomes = { understood: 0, refused: 0 }
  for (let n = 0; n < 20_000; n++) {
    const text = Array.from({ length: 1 + random.below(12) }, () => random.pick(filterParts)).join('')
    try {
      parse(text)
      outcomes.understood++
    } catch (error) {
      expect(error, text).toMatchObject({ code: 'invalid' })
      outcomes.refused++
    }
  }
  expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(1000)
})

test('a search for no word is refused', () => {
  for (const text of ['text:', 'text:*', 'text:"- -"'])
    expect(() => parse(text), text).toThrow(/whose `text` has no word/)
})

test('a list without a value cannot be said', () => {
  expect(() => sayFilter({ marks: { class: { any: [] } } })).toThrow(/cannot be said in words\.$/)
})
