import * as z from 'zod'
import { packageFaults } from '../archive/packed.ts'

/** Of an answer to a request: another one comes instead. */
export const answerFaults = [
  'http-401',
  'http-403',
  'http-404',
  'http-500',
  'http-503',
  'login',
  'redirect',
] as const
/** Of the body of an answer: reset in its middle, ended there in spite of its Content-Length, or never gone on with. */
export const bodyFaults = ['reset', 'truncated-body', 'stall'] as const
/** Of the lists, the search, and the reply to a request for conversion. */
const listFaults = ['request-unavailable', 'short-rows', 'unknown-status'] as const
/** Of the ETag of an archive. */
const etagFaults = ['no-etag', 'changed-etag'] as const
/** Of what becomes of a book. */
const bookFaults = ['lost', 'conversion-failed', 'not-available'] as const

/** All faults by name. */
const faultNames: readonly string[] = [
  ...answerFaults,
  ...bodyFaults,
  ...listFaults,
  ...etagFaults,
  ...bookFaults,
  ...packageFaults,
]

export type AnswerFault = (typeof answerFaults)[number]
export type BodyFault = (typeof bodyFaults)[number]

/** The kinds of request. */
export const requestKinds = ['list', 'process', 'search', 'head', 'get'] as const
export type RequestKind = (typeof requestKinds)[number]

/** A fault, and when it comes. */
export const FaultRule = z.strictObject({
  fault: z.string().refine((name) => faultNames.includes(name), {
    error: `There is no such fault; there are ${faultNames.join(', ')}.`,
  }),
  /** Barcodes, or names of lists (`_converted`); all unless told. */
  of: z.union([z.string(), z.array(z.string())]).optional(),
  /** The kinds of request; all unless told. */
  on: z.union([z.enum(requestKinds), z.array(z.enum(requestKinds))]).optional(),
  /** How likely it is, as a part of 1; always unless told. */
  chance: z.number().min(0).max(1).optional(),
  /** How often it comes, for each book and list; without end unless told. Not for what lies in a book, or becomes of it. */
  times: z.int().positive().optional(),
})
export type FaultRule = z.input<typeof FaultRule>
