import { expect, it } from 'vitest'
import { progressLines } from '../../src/cli/screen/progress.ts'
import { makeScreen } from '../../src/cli/screen/screen.ts'
import type { QueueCount } from '../../src/queue/queue-count.ts'

/** A screen of 30 columns, and all that was written to it. */
function screen(errIsWatched: boolean) {
  const written: string[] = []
  const err = (text: string) => void written.push(`${text}\n`)
  return { written, ...makeScreen({ err, errIsWatched, columns: 30 }) }
}

it('keeps lines at the bottom while others pass by', () => {
  const { written, pass, stay } = screen(true)
  stay(['bar', 'queue'])
  pass('a line')
  stay(['bar', 'queue'])
  stay([])
  expect(written).toEqual([
    'bar\nqueue\n',
    '\r\x1b[2A\x1b[0Ja line\nbar\nqueue\n',
    '\r\x1b[2A\x1b[0J\x1b[1A\n',
  ])
})

it('cuts lines that would wrap', () => {
  const { written, stay } = screen(true)
  stay(['x'.repeat(50)])
  expect(written).toEqual([`${'x'.repeat(29)}\n`])
})

it('writes plain lines where no person watches', () => {
  const { written, pass, stay } = screen(false)
  stay(['bar'])
  pass('a line')
  expect(written).toEqual(['a line\n'])
})

it('shows how far all is, and the queues where something waits', () => {
  const count = (queue: string, rest: Partial<QueueCount>): QueueCount => ({
    queue,
    workflow: 'w',
    role: 'stage',
    ready: 0,
    leased: 0,
    delayed: 0,
    waiting: 0,
    dead: 0,
    paused: false,
    ...rest,
  })
  const counts = [
    count('w/a', { ready: 1, leased: 1, paused: true }),
    count('w/b', { dead: 1 }),
    count('w/look', { role: 'review', ready: 2 }),
    count('w/output', { role: 'output', ready: 5 }),
  ]
  expect(progressLines(counts)).toEqual([
    '███████████████████░░░░░ 80%  5 finished, 2 in review, 1 dead, 2 to do',
    '  w/a     1 ready, 1 leased, paused',
    '  w/look  2 ready',
  ])
})
