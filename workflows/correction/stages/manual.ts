import { review, wrapped } from 'pipewright'
import * as z from 'zod'
import { FileName, ManualInput, Output } from '../states.ts'

const correctByHand = review({
  input: z.object({ image: FileName, why: z.string() }),
  decisions: {
    /** The corrected image is in the folder, under this name. */
    correct: z.object({ corrected: FileName }),
    /** The original will do as it is. */
    keep: z.object({}),
  },
})

/** A person corrects the image with tools of their own. */
export const manual = wrapped(correctByHand, {
  input: ManualInput,
  output: Output,
  pre: ({ image, why }) => ({ image, why }),
  post: ({ image }, choice) =>
    Output({ image, corrected: choice.decision === 'correct' ? choice.corrected : image, by: 'person' }),
})
