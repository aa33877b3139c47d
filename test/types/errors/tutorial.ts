import { workflow } from 'pipewright'
import { autocorrect } from '../../../workflows/correction/stages/autocorrect.ts'
import { validation } from '../../../workflows/correction/stages/validation.ts'
import { Input, Output } from '../../../workflows/correction/states.ts'

// What the tutorial of the correction workflow promises for a forgotten stage
// error: Stage "autocorrect" can return state "ManualInput", which no stage accepts and which is not an output.
// error: Stage "validation" can return state "ManualInput", which no stage accepts and which is not an output.
workflow({ input: Input, output: Output, stages: { autocorrect, validation } })
