import { oneOf, wrapped } from 'pipewright'
import { AutoCorrected, correct, Input, Lost, ManualInput, Output, validate } from '../correction.ts'

// `post` returns a state that its own `output` does not mention
wrapped(correct, {
  input: Input,
  output: Output,
  pre: ({ img }) => img,
  // error: Type '"ManualInput"' is not assignable to type '"Output"'.
  post: ({ img }) => ManualInput({ img }),
})

// `pre` returns what the stage does not take
wrapped(correct, {
  input: Input,
  output: ManualInput,
  // error: Type 'number' is not assignable to type 'MaybePromise<string>'
  pre: () => 3,
  post: ({ img }) => ManualInput({ img }),
})

// `post` returns something without a tag
wrapped(correct, {
  input: Input,
  output: ManualInput,
  pre: ({ img }) => img,
  // error: Property 'tag' is missing in type '{ readonly img: string; }'
  post: ({ img }) => ({ img }),
})

// `post` asks for a field that the state does not have
wrapped(correct, {
  input: Input,
  output: Output,
  pre: ({ img }) => img,
  // error: Property 'corrected' does not exist on type '{ readonly tag: "Input"; readonly img: string; }'.
  post: ({ img, corrected }) => Output({ img, corrected }),
})

// `output` is missing
// error: Property 'output' is missing in type
wrapped(correct, {
  input: Input,
  pre: ({ img }) => img,
  post: ({ img }, corrected) => Output({ img, corrected }),
})

// `failed.as` returns another state than `failed.to`
wrapped(correct, {
  input: Input,
  output: Output,
  pre: ({ img }) => img,
  post: ({ img }, corrected) => Output({ img, corrected }),
  // error: '"ManualInput"' is not assignable to type '"Lost"'
  failed: { to: Lost, as: ({ img }) => ManualInput({ img }) },
})

// a decision that the review does not know
wrapped(validate, {
  input: AutoCorrected,
  output: oneOf(Output, ManualInput),
  pre: ({ corrected }) => corrected,
  post: ({ img, corrected }, { decision }) =>
    // error: This comparison appears to be unintentional because the types '"accept" | "refuse"' and '"accpet"' have no overlap.
    decision === 'accpet' ? Output({ img, corrected }) : ManualInput({ img }),
})

// a decision that is not covered
wrapped(validate, {
  input: AutoCorrected,
  output: oneOf(Output, ManualInput),
  pre: ({ corrected }) => corrected,
  // error: Type 'undefined' is not assignable to type
  // error: Not all code paths return a value.
  post: ({ img, corrected }, { decision }) => {
    switch (decision) {
      case 'accept':
        return Output({ img, corrected })
    }
  },
})

// a field of another decision
wrapped(validate, {
  input: AutoCorrected,
  output: ManualInput,
  pre: ({ corrected }) => corrected,
  // error: Property 'note' does not exist on type '{ readonly decision: "accept"; }'.
  post: (_, choice) =>
    choice.decision === 'accept' ? ManualInput({ img: choice.note }) : ManualInput({ img: '' }),
})

// there is no decision about the result of a worker
wrapped(correct, {
  input: Input,
  output: Output,
  pre: ({ img }) => img,
  // error: Property 'by' does not exist on type 'undefined'.
  post: ({ img }, corrected, { by }) => Output({ img, corrected: corrected + by }),
})

// What is late becomes a state that `to` does not mention
wrapped(correct, {
  input: Input,
  output: ManualInput,
  pre: ({ img }) => img,
  post: ({ img }) => ManualInput({ img }),
  // error: Type '"ManualInput"' is not assignable to type '"Lost"'.
  late: { afterMs: 1000, to: Lost, as: ({ img }) => ManualInput({ img }) },
})
