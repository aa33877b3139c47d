import { state } from 'pipewright'
import * as z from 'zod'
import { Reason, stageNames } from './reason.ts'
import { UploadedFields } from './uploaded.ts'

const { barcode, processing_bucket, done_bucket, passphrase, ...rest } = UploadedFields.shape

/** A book and as much of what the stages add as there is: what is needed to go on. */
export const BookSoFar = z.object({
  barcode,
  processing_bucket,
  done_bucket,
  passphrase,
  ...z.object(rest).partial().shape,
})
export type BookSoFar = z.infer<typeof BookSoFar>

/** What a person decides about. */
export const Review = z.object({
  reason: Reason,
  /** The stages that can be tried again: those whose input is still there. */
  retryFrom: z.array(z.enum(stageNames)),
  /** Whether it can be accepted as it is. */
  acceptable: z.boolean(),
})
export type Review = z.infer<typeof Review>

/** Stopped until a person decides. What is in the processing bucket stays there. */
export const NeedsReview = state(
  'NeedsReview',
  BookSoFar.extend({
    ...Review.shape,
    /** What an acceptance is of, where it is acceptable. */
    finding: z.string().optional(),
  }),
)
