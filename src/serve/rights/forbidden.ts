import type { Holder, Need } from './holder.ts'

/** A request for which its token has not the right. Its message names what is missing. */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError'

  constructor(holder: Holder, need: Need) {
    super(holder.lacks(need))
  }
}
