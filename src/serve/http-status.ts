import type { ErrorCode } from '../queue/errors.ts'

/** The one table of the HTTP status for each error. */
export const httpStatus = {
  invalid: 400,
  not_found: 404,
  conflict: 409,
  lease_lost: 409,
  unroutable: 422,
  backend: 503,
} as const satisfies Record<ErrorCode, number>
