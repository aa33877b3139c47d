import { state } from 'pipewright'
import * as z from 'zod'

/** A file in the folder of images: a name, never a path. */
export const FileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, 'expected a plain file name')

/** An image that was not looked at yet. */
export const Input = state('Input', z.object({ image: FileName.max(150) }))

/** An image that was corrected automatically, and how: a person has to see it. */
export const AutoCorrected = state(
  'AutoCorrected',
  z.object({
    image: FileName,
    corrected: FileName,
    degrees: z.number(),
    black: z.number(),
    white: z.number(),
  }),
)

/** An image that a person has to correct, and why. */
export const ManualInput = state('ManualInput', z.object({ image: FileName, why: z.string() }))

/** A corrected image, and whose work it is. */
export const Output = state(
  'Output',
  z.object({ image: FileName, corrected: FileName, by: z.enum(['machine', 'person']) }),
)
