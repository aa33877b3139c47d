import * as z from 'zod'
import { oneOf, type Stage, stage, state, type WorkOptions, workflow, wrapped } from '../../src/index.ts'
import type { Ends } from '../../src/pipeline/make-ends.ts'

export const Going = state('Going', z.object({ left: z.number() }))
const Gone = state('Gone', z.object({}))

/** A workflow of one stage, whose tokens come back to it until nothing is left; its artifact is its two ends. */
export function makeRounds(options: Pick<WorkOptions, 'retry'> = {}) {
  const round: Stage<number, number, Ends<number, number>, unknown> = stage({
    ...{ input: z.number(), output: z.number(), ...options },
    artifact: (ends: Ends<number, number>) => ends,
  })
  return workflow({
    input: Going,
    output: Gone,
    stages: {
      round: wrapped(round, {
        input: Going,
        output: oneOf(Going, Gone),
        pre: ({ left }) => left,
        post: (_, left) => (left > 0 ? Going({ left }) : Gone({})),
      }),
    },
  })
}
