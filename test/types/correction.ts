import { oneOf, review, state, worker, workflow, wrapped } from 'pipewright'
import * as z from 'zod'

// The workflow that most type tests start from.

export interface Printer {
  readonly print: (line: string) => void
}

export const Input = state('Input', z.object({ img: z.string() }))
export const AutoCorrected = state('AutoCorrected', z.object({ img: z.string(), corrected: z.string() }))
export const ManualInput = state('ManualInput', z.object({ img: z.string() }))
export const Output = state('Output', z.object({ img: z.string(), corrected: z.string() }))
export const Lost = state('Lost', z.object({ img: z.string() }))

export const autocorrect = worker({
  input: z.string(),
  output: z.string().nullable(),
  process: (img, { printer }: { printer: Printer }) => {
    printer.print(img)
    return img.endsWith('hard') ? null : `corrected ${img}`
  },
})
export const validate = review({
  input: z.string(),
  decisions: { accept: z.object({}), refuse: z.object({ note: z.string() }) },
})
export const correct = worker({
  input: z.string(),
  output: z.string(),
  process: (img, { hand }: { hand: string }) => `${img} by ${hand}`,
})

export const auto = wrapped(autocorrect, {
  input: Input,
  output: oneOf(AutoCorrected, ManualInput),
  pre: ({ img }) => img,
  post: ({ img }, corrected) => (corrected ? AutoCorrected({ img, corrected }) : ManualInput({ img })),
})
export const validation = wrapped(validate, {
  input: AutoCorrected,
  output: oneOf(Output, ManualInput),
  pre: ({ corrected }) => corrected,
  post: ({ img, corrected }, { decision }) =>
    decision === 'accept' ? Output({ img, corrected }) : ManualInput({ img }),
})
export const manual = wrapped(correct, {
  input: ManualInput,
  output: Output,
  pre: ({ img }) => img,
  post: ({ img }, corrected) => Output({ img, corrected }),
})

export const correction = workflow({ input: Input, output: Output, stages: { auto, validation, manual } })
