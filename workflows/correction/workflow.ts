import { workflow } from 'pipewright'
import { autocorrect } from './stages/autocorrect.ts'
import { manual } from './stages/manual.ts'
import { validation } from './stages/validation.ts'
import { Input, Output } from './states.ts'

/** Every image comes out corrected: by a machine and seen by a person, or by a person. */
export const correction = workflow({
  input: Input,
  output: Output,
  stages: { autocorrect, validation, manual },
})
