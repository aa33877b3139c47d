import { expect, it } from 'vitest'
import { type AfterEnd, afterEnd, type Ending } from '../../src/cli/supervise/restart-policy.ts'

const crash: Ending = { at: 0, code: 1, ranMs: 10, hasBegun: false, isShortage: false }
const atWork: Ending = { ...crash, hasBegun: true }
const refused: Ending = { ...crash, code: 2 }
const shortage: Ending = { ...crash, code: null, isShortage: true }

/** Endings of one kind at these seconds. */
const ofKind = (ending: Ending, ...seconds: number[]) => seconds.map((s) => ({ ...ending, at: 1000 * s }))

const table: readonly (readonly [
  what: string,
  endings: readonly Ending[],
  next: AfterEnd,
  onDemand?: true,
])[] = [
  ['a first crash', ofKind(crash, 0), { delayMs: 250 }],
  ['a second one', ofKind(crash, 0, 1), { delayMs: 500 }],
  ['a fourth one', ofKind(crash, 0, 1, 2, 3), { delayMs: 2000 }],
  ['a fifth one within a minute', ofKind(crash, 0, 1, 2, 3, 59), 'give-up'],
  ['a fifth one after more than that', ofKind(crash, 0, 1, 2, 3, 61.5), { delayMs: 1000 }],
  [
    'a fifth one long after its start',
    [...ofKind(crash, 0, 1, 2, 3), ...ofKind({ ...crash, ranMs: 2000 }, 4)],
    { delayMs: 4000 },
  ],
  ['many long after their start', ofKind({ ...crash, ranMs: 2000 }, 0, 5, 10, 15, 20, 25), { delayMs: 5000 }],
  ['a first crash at work', ofKind(atWork, 0), { delayMs: 250 }],
  ['a hundredth one within a minute', ofKind(atWork, ...Array(100).keys()), { delayMs: 1000 }],
  [
    'a fifth crash among those at work',
    [...ofKind(atWork, 0, 1, 2, 3), ...ofKind(crash, 4)],
    { delayMs: 4000 },
  ],
  ['a refusal', ofKind(refused, 0), 'refused'],
  ['what a token says with the exit code of a refusal', ofKind({ ...atWork, code: 2 }, 0), { delayMs: 250 }],
  ['what a token says with exit code 0', ofKind({ ...atWork, code: 0 }, 0), { delayMs: 250 }],
  ['a machine that has no process to give', ofKind(shortage, 0, 1, 2, 3, 4, 5), { delayMs: 2000 }],
  ['a crash after shortages', [...ofKind(shortage, 0, 1, 2, 3), ...ofKind(crash, 4)], { delayMs: 250 }],
  ['one on demand that leaves', ofKind({ ...crash, code: 0 }, 0), 'over', true],
  ['one on demand that crashes at work', ofKind({ ...atWork, code: null }, 0), 'over', true],
  ['one on demand that crashes before', ofKind(crash, 0), { delayMs: 250 }, true],
  ['one on demand that crashes before again and again', ofKind(crash, 0, 1, 2, 3, 4), 'give-up', true],
  ['one on demand that is refused', ofKind(refused, 0), 'refused', true],
]

it.for(table)('decides after %s', ([, endings, next, onDemand = false]) => {
  expect(afterEnd(endings, { onDemand })).toEqual(next)
})
