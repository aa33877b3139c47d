import { oneOf, workflow } from 'pipewright'
import { type Awaiting, makeAwaitConversion } from './stages/await-conversion.ts'
import { makeCheck } from './stages/check.ts'
import { makeCleanUp } from './stages/clean-up.ts'
import { makeDecrypt } from './stages/decrypt.ts'
import { makeDownload } from './stages/download.ts'
import { makeModify } from './stages/modify.ts'
import { makeRequest } from './stages/request.ts'
import { reviewBook } from './stages/review.ts'
import { makeSurvey } from './stages/survey.ts'
import type { Tuning } from './stages/tuning.ts'
import { makeUnpack } from './stages/unpack.ts'
import { makeUpload } from './stages/upload.ts'
import { Converted } from './states/converted.ts'
import { Done } from './states/done.ts'
import type { StageName } from './states/reason.ts'
import { Rejected } from './states/rejected.ts'
import { Skipped } from './states/skipped.ts'
import { Survey, Surveyed, Unsurveyed } from './states/survey.ts'
import { Wanted } from './states/wanted.ts'

/** How the stages are driven. */
export type BookTuning = { readonly [Stage in Exclude<StageName, 'awaitConversion'>]?: Tuning } & {
  readonly awaitConversion?: Awaiting | undefined
  readonly survey?: Tuning | undefined
}

/**
 * The book workflow, from a wish to storage. A book whose archive can be had without asking, in a folder, begins as `Converted`. A
 * `Survey` is a token of its own, which takes the lists of all books into the ledger. `tuning` says how the stages are driven.
 */
export function makeBooks(tuning: BookTuning = {}) {
  return workflow({
    input: oneOf(Wanted, Converted, Survey),
    output: oneOf(Done, Skipped, Rejected, Surveyed, Unsurveyed),
    stages: {
      check: makeCheck(tuning.check),
      request: makeRequest(tuning.request),
      awaitConversion: makeAwaitConversion(tuning.awaitConversion),
      download: makeDownload(tuning.download),
      decrypt: makeDecrypt(tuning.decrypt),
      unpack: makeUnpack(tuning.unpack),
      modify: makeModify(tuning.modify),
      upload: makeUpload(tuning.upload),
      cleanUp: makeCleanUp(tuning.cleanUp),
      review: reviewBook,
      survey: makeSurvey(tuning.survey),
    },
  })
}
