import type { Failure, Infer } from 'pipewright'
import * as z from 'zod'
import type { Defect } from '../defect.ts'
import { type BookSoFar, NeedsReview } from '../states/needs-review.ts'
import type { Reason, ReasonClass, StageName } from '../states/reason.ts'
import { plainMessage } from './plain-message.ts'

const classOf: Readonly<Record<StageName, ReasonClass>> = {
  check: 'grin',
  request: 'grin',
  awaitConversion: 'grin',
  download: 'download',
  decrypt: 'decrypt',
  unpack: 'package',
  modify: 'metadata',
  upload: 'upload',
  cleanUp: 'clean-up',
}

/** What is wrong whatever the stage was that has found it. */
const classOfKind: Readonly<Record<string, ReasonClass>> = {
  ConversionFailed: 'conversion',
  Unavailable: 'unavailable',
  Lost: 'lost',
  lost: 'lost',
}

/** What was found out: the kind of a defect, a sentence, and more facts. */
export const Stopping = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number()])),
})
type Stopping = z.infer<typeof Stopping>

/** What `defect` says, as plain data. */
export function stopping({ code, message, details }: Defect): Stopping {
  return { code, message, details: { ...details } }
}

/** The `failed` route of a stage: to a person, with the reason and all that is needed to go on. */
export function failing(stage: StageName) {
  return {
    to: NeedsReview,
    as: (book: BookSoFar, failure: Failure): Infer<typeof NeedsReview> => {
      const finding = findingIn(failure)
      return NeedsReview({
        ...book,
        reason: reasonOf(stage, failure),
        retryFrom: retryFrom(stage, book),
        acceptable: finding !== undefined,
        ...(finding !== undefined && { finding }),
      })
    },
  }
}

/** The stages whose input is there: what the stages before have read is gone, but the source may still have all. */
function retryFrom(stage: StageName, book: BookSoFar): StageName[] {
  if (stage === 'check' || stage === 'request' || stage === 'awaitConversion') return ['check', 'request']
  if (stage === 'download') return ['download']
  if (stage !== 'cleanUp') return ['download', stage]
  // Without anything stored it was being rejected, which can be decided again.
  return book.stored ? ['download', 'cleanUp'] : []
}

/** A book that a person has to see for what was found out about it, though no stage has failed. */
export function stopped(stage: StageName, book: BookSoFar, defect: Stopping): Infer<typeof NeedsReview> {
  const { code, message, details } = defect
  const failure: Failure = {
    kind: 'error',
    name: 'Defect',
    code,
    message,
    details: { ...details },
    attempts: 1,
  }
  return failing(stage).as(book, failure)
}

function findingIn({ details }: Failure): string | undefined {
  const { acceptable } = details ?? {}
  return typeof acceptable === 'string' ? acceptable : undefined
}

function reasonOf(stage: StageName, failure: Failure): Reason {
  const { kind, name, message, code, attempts, details = {} } = failure
  const facts = ['file', 'field', 'actual', 'expected', 'detail'] as const
  const shown = facts.flatMap((fact) => {
    const value = details[fact]
    return typeof value === 'string' || typeof value === 'number' ? [[fact, value]] : []
  })
  return {
    class: classOfKind[code ?? name] ?? classOf[stage],
    stage,
    kind,
    name: code ?? name,
    message: plainMessage(message),
    attempts,
    ...Object.fromEntries(shown),
  }
}
