import { oneOf, state, worker, workflow, wrapped } from 'pipewright'
import * as z from 'zod'
import {
  AutoCorrected,
  auto,
  autocorrect,
  correct,
  correction,
  Input,
  Lost,
  ManualInput,
  manual,
  Output,
  validation,
} from '../correction.ts'

// `post` can return a state that no stage accepts
const loses = wrapped(autocorrect, {
  input: Input,
  output: oneOf(AutoCorrected, Lost),
  pre: ({ img }) => img,
  post: ({ img }, corrected) => (corrected ? AutoCorrected({ img, corrected }) : Lost({ img })),
})
// error: Stage "auto" can return state "Lost", which no stage accepts and which is not an output.
workflow({ input: Input, output: Output, stages: { auto: loses, validation, manual } })

// `failed` leads to a state that no stage accepts
const fails = wrapped(correct, {
  input: ManualInput,
  output: Output,
  pre: ({ img }) => img,
  post: ({ img }, corrected) => Output({ img, corrected }),
  failed: { to: Lost, as: ({ img }) => Lost({ img }) },
})
// error: Stage "manual" can return state "Lost", which no stage accepts and which is not an output.
workflow({ input: Input, output: Output, stages: { auto, validation, manual: fails } })

// a stage was forgotten
// error: Stage "auto" can return state "AutoCorrected", which no stage accepts and which is not an output.
workflow({ input: Input, output: Output, stages: { auto, manual } })

// two stages lead to a stage that was forgotten: both are blamed
// error: Stage "auto" can return state "ManualInput", which no stage accepts and which is not an output.
// error: Stage "validation" can return state "ManualInput", which no stage accepts and which is not an output.
workflow({ input: Input, output: Output, stages: { auto, validation } })

// no stage accepts the input
// error: No stage accepts the input state "Lost".
workflow({ input: oneOf(Input, Lost), output: Output, stages: { auto, validation, manual } })

// the input is another one
// error: Stage "auto" accepts state "Input", which no stage returns and which is not an input.
workflow({ input: Lost, output: Output, stages: { auto, validation, manual } })

// the input has the right tag and the wrong fields
const Numbered = state('Input', z.object({ img: z.number() }))
// error: The stage that accepts the input state "Input" does not allow its fields.
workflow({ input: Numbered, output: Output, stages: { auto, validation, manual } })

// no stage returns the output
// error: No stage returns the output state "Lost".
workflow({ input: Input, output: oneOf(Output, Lost), stages: { auto, validation, manual } })

// two stages accept the same state
// error: Stage "auto" accepts state "Input", and so does another stage.
// error: Stage "again" accepts state "Input", and so does another stage.
workflow({ input: Input, output: Output, stages: { auto, again: auto, validation, manual } })

// a stage that nothing leads to
const dead = wrapped(correct, {
  input: Lost,
  output: ManualInput,
  pre: ({ img }) => img,
  post: ({ img }) => ManualInput({ img }),
})
// error: Stage "dead" accepts state "Lost", which no stage returns and which is not an input.
workflow({ input: Input, output: Output, stages: { auto, validation, manual, dead } })

// a state that is an output, and accepted too
// error: Stage "manual" accepts state "ManualInput", which is an output of the workflow too.
workflow({ input: Input, output: oneOf(Output, ManualInput), stages: { auto, validation, manual } })

// the right tag, the wrong fields
const Misshapen = state('Output', z.object({ corrected: z.number() }))
const misshapen = wrapped(correct, {
  input: Input,
  output: Misshapen,
  pre: ({ img }) => img,
  post: () => Misshapen({ corrected: 1 }),
})
// error: Stage "misshapen" returns state "Output" with fields that its schema does not allow.
workflow({ input: Input, output: Output, stages: { misshapen } })

// a plain pipeline in a workflow
// error: Stage "auto" takes and returns plain values, not states: lift it with wrapped().
workflow({ input: Input, output: Output, stages: { auto: correct, validation, manual } })

// a schema that is no state as the input
// error: is missing the following properties from type 'States<
workflow({ input: z.object({ img: z.string() }), output: Output, stages: { auto, validation, manual } })

// a nested workflow that leads nowhere
const Other = state('Other', z.object({}))
const finish = wrapped(correct, {
  input: Other,
  output: Lost,
  pre: () => 'x',
  post: (_, img) => Lost({ img }),
})
// error: Stage "inner" can return state "Output", which no stage accepts and which is not an output.
workflow({ input: oneOf(Input, Other), output: Lost, stages: { inner: correction, finish } })

// an end that was left out
// error: Property 'output' is missing in type
workflow({ input: Input, stages: { auto, validation, manual } })
// error: Property 'input' is missing in type
workflow({ output: Output, stages: { auto, validation, manual } })

// two stages that ask for different things under one name
const counting = wrapped(
  worker({ input: z.string(), output: z.string(), process: (img, { hand }: { hand: number }) => img + hand }),
  {
    input: Output,
    output: Lost,
    pre: ({ img }) => img,
    post: ({ img }) => Lost({ img }),
  },
)
// error: Stage "manual" asks in its context for another type of "hand" than another stage.
// error: Stage "counting" asks in its context for another type of "hand" than another stage.
workflow({ input: Input, output: Lost, stages: { auto, validation, manual, counting } })

// two states of one name
const OtherLost = state('Lost', z.object({ why: z.string() }))
// error: oneOf() was given two different states that are both called "Lost".
oneOf(Output, Lost, OtherLost)
// error: oneOf() was given two different states that are both called "Lost".
oneOf(oneOf(Output, Lost), OtherLost)

// no stages at all
// error: No stage accepts the input state "Input".
// error: No stage returns the output state "Output".
workflow({ input: Input, output: Output, stages: {} })

// written inside the workflow, `failed` is seen as well
workflow({
  input: Input,
  output: Output,
  stages: {
    auto,
    validation,
    // error: Stage "manual" can return state "Lost", which no stage accepts and which is not an output.
    manual: wrapped(correct, {
      input: ManualInput,
      output: Output,
      pre: ({ img }) => img,
      post: ({ img }, corrected) => Output({ img, corrected }),
      failed: { to: Lost, as: ({ img }) => Lost({ img }) },
    }),
  },
})

// a state of a stage was left out: nothing else is said
workflow({
  input: Input,
  output: Output,
  stages: {
    auto,
    validation,
    // error: Property 'input' is missing
    manual: wrapped(correct, {
      output: Output,
      pre: () => 'x',
      post: (_, corrected) => Output({ img: 'x', corrected }),
    }),
  },
})
workflow({
  input: Input,
  output: Output,
  stages: {
    auto,
    validation,
    // error: Property 'output' is missing
    manual: wrapped(correct, {
      input: ManualInput,
      pre: ({ img }) => img,
      post: ({ img }, corrected) => Output({ img, corrected }),
    }),
  },
})
