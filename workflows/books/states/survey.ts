import { state } from 'pipewright'
import * as z from 'zod'

/** A look at the lists of all books, which the ledger takes in; `at` says for which time. */
export const Survey = state('Survey', z.object({ at: z.string() }))

/** The lists were taken in: how many books there are, how many are new or have changed, how many are gone. */
export const Surveyed = state(
  'Surveyed',
  z.object({ at: z.string(), books: z.number().int(), changed: z.number().int(), gone: z.number().int() }),
)

/** The lists could not be taken in, for the reason. The next survey begins anew. */
export const Unsurveyed = state('Unsurveyed', z.object({ at: z.string(), reason: z.string() }))
