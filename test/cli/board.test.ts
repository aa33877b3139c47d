import { expect, it } from 'vitest'
import { boardLines } from '../../src/cli/up/board.ts'

const process = { group: 'stamp', since: 0, restarts: 0 } as const
const facts = {
  app: 'letters',
  since: 1000,
  failures: ['12:00:00 stamp-1 warn The work failed.'],
  statuses: [],
  isEnding: false,
  processes: [
    { ...process, name: 'stamp-1', state: 'running' },
    { ...process, name: 'serve', state: 'waiting' },
  ],
} as const

it('shows what runs, what does not, and what has failed last', () => {
  expect(boardLines(facts, 61_000)).toEqual([
    '',
    'letters, up for 1 min: 1 of 2 processes run; serve is waiting',
    'There are no queues yet.',
    'lately: 12:00:00 stamp-1 warn The work failed.',
  ])
})

it('says what an end waits for', () => {
  const ending = [{ ...process, name: 'stamp-1', state: 'ending' }] as const
  const last = (processes: readonly (typeof ending)[number][]) =>
    boardLines({ ...facts, processes, isEnding: true }, 61_000).at(-1)
  expect(last(ending)).toBe('ending, and waiting for stamp-1')
  expect(last([])).toBe('ending, and waiting for nothing any more')
})
