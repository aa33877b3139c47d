import { oneOf, workflow } from 'pipewright'
import { makeCleanUp } from './stages/clean-up.ts'
import { makeDecrypt } from './stages/decrypt.ts'
import { makeDownload } from './stages/download.ts'
import { makeModify } from './stages/modify.ts'
import { reviewBook } from './stages/review.ts'
import type { Tuning } from './stages/tuning.ts'
import { makeUnpack } from './stages/unpack.ts'
import { makeUpload } from './stages/upload.ts'
import { Converted } from './states/converted.ts'
import { Done } from './states/done.ts'
import type { StageName } from './states/reason.ts'
import { Rejected } from './states/rejected.ts'

/** The book workflow, from an encrypted archive to storage; `tuning` says how its stages are driven. */
export function makeBooks(tuning: { readonly [Stage in StageName]?: Tuning } = {}) {
  return workflow({
    input: Converted,
    output: oneOf(Done, Rejected),
    stages: {
      download: makeDownload(tuning.download),
      decrypt: makeDecrypt(tuning.decrypt),
      unpack: makeUnpack(tuning.unpack),
      modify: makeModify(tuning.modify),
      upload: makeUpload(tuning.upload),
      cleanUp: makeCleanUp(tuning.cleanUp),
      review: reviewBook,
    },
  })
}
