import { expect, it } from 'vitest'
import { smallHeap } from '../../src/cli/supervise/small-memory.ts'

it('a process is started with a bound for its young values, unless the user has set one', () => {
  expect(smallHeap(['--import', 'tsx'], {})).toEqual(['--import', 'tsx', '--max-semi-space-size=4'])
  expect(smallHeap(['--max_semi_space_size=64'], {})).toEqual(['--max_semi_space_size=64'])
  expect(smallHeap([], { NODE_OPTIONS: '--no-warnings --max-semi-space-size=64' })).toEqual([])
})
