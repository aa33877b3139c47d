import type { Filter, MarkFilter, Range } from '../../src/queue/filter.ts'
import type { Random } from '../../src/testing/backend-model/random.ts'

// Filters of which some match a few of the messages that `random-rows.ts` makes.

export const words = [
  'a',
  'B',
  '7',
  '-1',
  'me',
  'none',
  'a b',
  'x,y',
  '"',
  '\\',
  '@at',
  '.p',
  '#7',
  '1e+21',
  'ä',
  '\u{1f4d6}',
  'true',
  'x*',
] as const
export const numbers = [
  0, 1, -1, 2, 7, 0.1, 0.30000000000000004, 1e21, -2.5, 1795000000000, 1795000000000.5, 1893456000020, 5e-324,
] as const

/** What texts of the language of filters are made of, and such as are none. */
export const filterParts = [
  'a',
  'state',
  'class',
  'age',
  'id',
  '7',
  '1d',
  '-',
  '@',
  '.',
  ':',
  '<',
  '>=',
  ',',
  ' ',
  '"',
  '\\',
  '*',
  '[0]',
  '\ud83d',
  '😀',
] as const

export const someValue = (random: Random) => random.pick<string | number>([...words, ...numbers])

/** A random filter, which has each field once in `rarity` times. */
export function randomFilter(random: Random, rarity = 4): Filter {
  const maybe = <T>(make: () => T): T | undefined => (random.below(rarity) === 0 ? make() : undefined)

  const range = (): Range =>
    random.pick<Range>([
      { from: random.pick(numbers) },
      { to: random.pick(numbers) },
      { from: random.pick(numbers), to: random.pick(numbers) },
    ])
  const values = () =>
    Array.from({ length: 1 + random.below(3) }, () =>
      random.pick([null, someValue(random), someValue(random)]),
    )
  const mark = (): MarkFilter =>
    random.pick<MarkFilter>([
      { any: values() },
      { none: values() },
      range(),
      { any: values(), ...range() },
      { none: values(), any: values() },
    ])
  const some = {
    status: maybe(() => random.pick(['ready', 'leased', 'delayed', 'dead', 'waiting'] as const)),
    suspect: maybe(() => true as const),
    tag: maybe(() => random.pick(words)),
    ids: maybe(() => Array.from({ length: 1 + random.below(3) }, () => random.pick(ids))),
    idPrefix: maybe(() => random.pick([...words, 'id'])),
    idPart: maybe(() => random.pick([...words, '1'])),
    owner: maybe(() => random.pick([null, 'worker', 'person:ann', 'person:me', 'person:none', 'person:'])),
    parent: maybe(() => random.pick(ids)),
    deploy: maybe(range),
    entered: maybe(range),
    arrived: maybe(range),
    attempts: maybe(range),
    marks: maybe(() =>
      Object.fromEntries(
        marks
          .slice(random.below(marks.length))
          .slice(0, 2)
          .map((name) => [name, mark()]),
      ),
    ),
    text: maybe(() => random.pick(texts)),
    where: maybe(() => [
      { path: random.pick(paths), is: random.pick([null, true, false, someValue(random)]) },
    ]),
  }
  return Object.fromEntries(Object.entries(some).filter(([, each]) => each !== undefined))
}

/** What messages are found by, and what they have; as the language says it again. */
const texts = [
  ...['torn', 'Torn*', '"torn page"', 'page torn', '"a b"* x', 'ä 7', 'x,y', 'page "torn*" b*'],
] as const
export const ids = Array.from({ length: 40 }, (_, n) => `id-${n}${words[n % words.length]}`)
export const marks = ['class', 'due', 'age', 'print', 'source', 'state'] as const
const paths = ['is', 'pages[0].n', 'a b.c', 'tag'] as const
