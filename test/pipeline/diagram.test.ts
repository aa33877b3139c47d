import { expect, it } from 'vitest'
import * as z from 'zod'
import { diagram, oneOf, review, sequential, state, worker, workflow, wrapped } from '../../src/index.ts'

const A = state('A', z.object({}))
const B = state('B', z.object({}))
const Odd = state('B "odd" (rare)', z.object({}))
const Done = state('Done', z.object({}))
const idle = worker({ input: z.null(), output: z.null(), process: () => null })
const look = review({ input: z.null(), decisions: { accept: z.object({}) } })
const lift = { pre: () => null }

it('shows workers as boxes, desks as diamonds, composites as double boxes, and states as arrows', () => {
  const picture = diagram(
    workflow({
      input: A,
      output: Done,
      stages: {
        first: wrapped(idle, { ...lift, input: A, output: oneOf(A, B), post: () => B({}) }),
        desk: wrapped(look, { ...lift, input: B, output: Done, post: () => Done({}) }),
      },
    }),
  )
  expect(picture).toBe(
    [
      'flowchart TD',
      '  _in((in))',
      '  _out((out))',
      '  first["first"]',
      '  desk{"desk"}',
      '  _in -- A --> first',
      '  first -- A --> first',
      '  first -- B --> desk',
      '  desk -- Done --> _out',
      '',
    ].join('\n'),
  )
})

it('avoids the words of mermaid, with every name of a stage or state', () => {
  const picture = diagram(
    workflow({
      input: A,
      output: Done,
      stages: {
        in: wrapped(sequential(idle, idle), { ...lift, input: A, output: Odd, post: () => Odd({}) }),
        end: wrapped(idle, { ...lift, input: Odd, output: Done, post: () => Done({}) }),
      },
    }),
  )
  expect(picture.split('\n').slice(3, -1)).toEqual([
    '  in[["in"]]',
    '  _end["end"]',
    '  _in -- A --> in',
    '  in -- "B #quot;odd#quot; (rare)" --> _end',
    '  _end -- Done --> _out',
  ])
})
