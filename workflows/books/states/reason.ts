import * as z from 'zod'

/** The stages that a book is in until it is here. */
const grinStages = ['check', 'request', 'awaitConversion'] as const
/** Those from then on. */
export const packageStages = ['download', 'decrypt', 'unpack', 'modify', 'upload', 'cleanUp'] as const

/** The stages that a machine carries out, by their names in the workflow. */
export const stageNames = [...grinStages, ...packageStages] as const
export type StageName = (typeof stageNames)[number]

/** What went wrong, roughly: whom to ask about it. */
export const reasonClasses = [
  ...(['grin', 'conversion', 'unavailable', 'lost'] as const),
  ...(['download', 'decrypt', 'package', 'metadata', 'upload', 'clean-up'] as const),
] as const
export type ReasonClass = (typeof reasonClasses)[number]

const fact = z.union([z.string(), z.number()]).optional()

/** Why a book is with a person. */
export const Reason = z.object({
  class: z.enum(reasonClasses),
  /** The stage that gave up. */
  stage: z.enum(stageNames),
  kind: z.enum(['error', 'timeout', 'crash']),
  /** The kind of the defect, as BadChecksum; of anything else, the code or name of the error. */
  name: z.string(),
  message: z.string(),
  file: fact,
  field: fact,
  actual: fact,
  expected: fact,
  detail: fact,
  attempts: z.number().int(),
})
export type Reason = z.infer<typeof Reason>
