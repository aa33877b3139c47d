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
/** Of a list, of the reply to a request for conversion, and of the ETag of an archive. */
const otherFaults = ['request-unavailable', 'unknown-status', 'no-etag', 'changed-etag'] as const
/** Of a book, as long as the rule is there: what becomes of it, its rows in lists and in the search, and its package. */
const lastingFaults: readonly string[] = [
  'lost',
  'conversion-failed',
  'not-available',
  'short-rows',
  ...packageFaults,
]

/** All faults by name. */
const faultNames: readonly string[] = [...answerFaults, ...bodyFaults, ...otherFaults, ...lastingFaults]

export type AnswerFault = (typeof answerFaults)[number]
export type BodyFault = (typeof bodyFaults)[number]

/** The kinds of request. */
export const requestKinds = ['list', 'process', 'search', 'head', 'get'] as const
export type RequestKind = (typeof requestKinds)[number]

/** A fault, and when it comes. */
export const FaultRule = z
  .strictObject({
    fault: z.string().refine((name) => faultNames.includes(name), {
      error: `There is no such fault; there are ${faultNames.join(', ')}.`,
    }),
    /** Barcodes, or names of lists (`_converted`); all unless told. */
    of: z.union([z.string(), z.array(z.string())]).optional(),
    /** The kinds of request; all unless told. */
    on: z.union([z.enum(requestKinds), z.array(z.enum(requestKinds))]).optional(),
    /** How likely it is, as a part of 1; always unless told. */
    chance: z.number().min(0).max(1).optional(),
    /** How often it is on, for each book and list; without end unless told. */
    times: z.int().positive().optional(),
  })
  .refine(
    ({ fault, on, times }) => !lastingFaults.includes(fault) || (on === undefined && times === undefined),
    {
      error: 'This fault lies in the book itself, so it has no `on` and no `times`.',
    },
  )
export type FaultRule = z.input<typeof FaultRule>
