import { Defect } from '../defect.ts'
import { GateClosed } from '../gate-closed.ts'

/** The gate of every request to GRIN. */
export const grinGateName = 'grin'

/** How much of an answer that is not understood a person gets to see, in characters. */
export const shownOfAnswer = 4096

/** For how long no request is made when GRIN is out of order or refuses everything, in milliseconds. */
const restMs = 5 * 60_000

/** GRIN answers no request for now: all that ask it wait for a while, and no book is charged for that. */
export class GrinClosed extends GateClosed {
  override readonly name = 'GrinClosed'

  constructor(reason: string, { gate = grinGateName, forMs = restMs, cause }: GrinClosing = {}) {
    super(gate, forMs, reason, cause)
  }
}

/** Which gate, for how many milliseconds, and what made it close. */
export interface GrinClosing {
  readonly gate?: string
  readonly forMs?: number
  readonly cause?: unknown
}

/** The conversions that GRIN has accepted are as many as it accepts. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull'
}

/** One request has failed, which may be the fault of GRIN as a whole or of that one book. */
export function failedAnswer(
  what: string,
  details: { status?: number; detail?: string; cause?: unknown },
): Defect {
  const { status, detail, cause } = details
  const said = status === undefined ? 'gave no answer' : `answered ${status}`
  return new Defect(
    'GRINError',
    `GRIN ${said} to ${what}.`,
    { ...(status !== undefined && { actual: status }), ...(detail && { detail }) },
    cause,
  )
}

/** Whether a page says that GRIN has no answer for now. */
export function isUnavailable(text: string): boolean {
  return /your request is unavailable/i.test(text)
}

/** What is wrong with an answer that is not what was asked for. */
export function misunderstood(what: string, answer: string): Defect {
  if (isUnavailable(answer)) return failedAnswer(what, { detail: 'Your request is unavailable' })
  return unknownAnswer(what, answer)
}

/** What GRIN has answered is nothing that is known of it; a person reads how it begins. */
export function unknownAnswer(what: string, answer: string): Defect {
  return new Defect('UnknownAnswer', `GRIN answered to ${what} with something that is not understood.`, {
    detail: answer.slice(0, shownOfAnswer),
  })
}
