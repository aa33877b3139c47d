import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { oneOf, state, worker, workflow, wrapped } from '../../src/index.ts'
import { checkWiring, type Wiring } from '../../src/pipeline/check-wiring.ts'
import type { StatePipeline } from '../../src/pipeline/pipeline.ts'
import type { States } from '../../src/schema/state.ts'

const [A, B, C, D] = (['A', 'B', 'C', 'D'] as const).map((tag) => state(tag, z.object({})))
const [a, b, c, d] = [A, B, C, D] as [States, States, States, States]
const idle = worker({ input: z.null(), output: z.null(), process: () => null })

/** A stage from one state to another, as a wiring that is made at run time has it. */
const from = (input: States, output: States): StatePipeline =>
  wrapped(idle, { input, output, pre: () => null, post: () => ({ tag: output.tags[0]! }) })

const sound = { ab: from(a, b), bc: from(b, c) }

const part = (given: object) => ({ input: a, output: c, stages: sound, ...given }) as unknown as Wiring

const unsound: readonly (readonly [says: string, wiring: Wiring])[] = [
  ['A workflow needs states as its `input`.', part({ input: undefined })],
  ['A workflow needs states as its `input`.', part({ input: z.string() })],
  ['A workflow needs states as its `output`.', part({ output: undefined })],
  ['A workflow needs `stages`.', part({ stages: undefined })],
  [
    'Stage "bc" is no stage: make it with worker(), review() or stage(), and wrapped().',
    part({ stages: { ...sound, bc: () => null } }),
  ],
  [
    'Stage "bc" is no stage: make it with worker(), review() or stage(), and wrapped().',
    part({ stages: { ...sound, bc: undefined } }),
  ],
  ['A workflow needs at least one stage.', { input: a, output: c, stages: {} }],
  [
    'Stage "a/b" needs another name: a letter, then up to 62 letters, digits, "_" or "-".',
    { input: a, output: c, stages: { 'a/b': from(a, c) } },
  ],
  [
    'Stage "output" needs another name: the queue of finished tokens is called so.',
    { input: a, output: c, stages: { output: from(a, c) } },
  ],
  [
    'Stage "ab" takes and returns plain values, not states: lift it with wrapped().',
    { input: a, output: c, stages: { ...sound, ab: idle as never } },
  ],
  [
    'Stage "ab2" accepts state "A", and so does another stage.',
    { input: a, output: c, stages: { ...sound, ab2: from(a, b) } },
  ],
  [
    'Stage "bc" accepts state "B", which is an output of the workflow too.',
    { input: a, output: oneOf(b, c), stages: sound },
  ],
  [
    'Stage "dc" accepts state "D", which no stage returns and which is not an input.',
    { input: a, output: c, stages: { ...sound, dc: from(d, c) } },
  ],
  [
    'Stage "bd" can return state "D", which no stage accepts and which is not an output.',
    { input: a, output: c, stages: { ab: from(a, b), bd: from(b, oneOf(c, d)) } },
  ],
  ['No stage accepts the input state "D".', { input: oneOf(a, d), output: c, stages: sound }],
  ['No stage returns the output state "D".', { input: a, output: oneOf(c, d), stages: sound }],
  [
    'No token can reach stage "dd": nothing leads there from the input.',
    { input: a, output: c, stages: { ...sound, dd: from(d, oneOf(d, c)) } },
  ],
  [
    'No token can reach stages "bd", "db": nothing leads there from the input.',
    { input: a, output: c, stages: { ac: from(a, c), bd: from(b, d), db: from(d, b) } },
  ],
  [
    'No token can leave stages "bd", "db": nothing leads from there to the output.',
    { input: a, output: c, stages: { a: from(a, oneOf(b, c)), bd: from(b, d), db: from(d, b) } },
  ],
  [
    'No token can leave stage "bb": nothing leads from there to the output.',
    { input: a, output: c, stages: { a: from(a, oneOf(b, c)), bb: from(b, b) } },
  ],
]

describe('a wiring that the compiler did not see', () => {
  it.each(unsound)('is refused: %s', (says, wiring) => {
    expect(() => checkWiring(wiring)).toThrow(new TypeError(says))
  })

  it('passes if every token has somewhere to go', () => {
    expect(() => checkWiring({ input: a, output: c, stages: sound })).not.toThrow()
    const looping = { ab: from(a, b), back: from(b, oneOf(a, c)) }
    const circling = { ab: from(a, b), bd: from(b, d), da: from(d, oneOf(a, c)) }
    expect(() => checkWiring({ input: a, output: c, stages: circling })).not.toThrow()
    expect(() => checkWiring({ input: a, output: c, stages: looping })).not.toThrow()
    expect(() =>
      checkWiring({
        input: oneOf(a, b),
        output: oneOf(c, d),
        stages: { abcd: from(oneOf(a, b), oneOf(c, d)) },
      }),
    ).not.toThrow()
  })
})

it('a loop without a way out compiles, and is refused when the workflow is made', () => {
  const [X, Y, Start, End] = (['X', 'Y', 'Start', 'End'] as const).map((tag) => state(tag, z.object({})))
  const stages = { start: from(Start!, oneOf(X!, End!)), xy: from(X!, Y!), yx: from(Y!, X!) }
  expect(() => workflow({ input: Start as States, output: End as States, stages })).toThrow(
    'No token can leave stages "xy", "yx": nothing leads from there to the output.',
  )
})

it('an island of stages compiles, and is refused when the workflow is made', () => {
  const X = state('X', z.object({}))
  const Y = state('Y', z.object({}))
  const lift = { pre: () => null }
  const xy = wrapped(idle, { ...lift, input: X, output: Y, post: () => Y({}) })
  const yx = wrapped(idle, { ...lift, input: Y, output: X, post: () => X({}) })
  const Start = state('Start', z.object({}))
  const End = state('End', z.object({}))
  const straight = wrapped(idle, { ...lift, input: Start, output: End, post: () => End({}) })
  expect(() => workflow({ input: Start, output: End, stages: { straight, xy, yx } })).toThrow(
    'No token can reach stages "xy", "yx": nothing leads there from the input.',
  )
})
