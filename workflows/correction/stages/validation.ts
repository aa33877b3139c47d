import { oneOf, review, wrapped } from 'pipewright'
import * as z from 'zod'
import { AutoCorrected, FileName, ManualInput, Output } from '../states.ts'

const validate = review({
  input: z.object({ image: FileName, corrected: FileName }),
  decisions: { accept: z.object({}), refuse: z.object({ why: z.string().min(1).max(1000) }) },
})

/** A person compares what was corrected automatically with the original. */
export const validation = wrapped(validate, {
  input: AutoCorrected,
  output: oneOf(Output, ManualInput),
  pre: ({ image, corrected }) => ({ image, corrected }),
  post: ({ image, corrected }, choice) =>
    choice.decision === 'accept'
      ? Output({ image, corrected, by: 'machine' })
      : ManualInput({ image, why: choice.why }),
})
