/**
 * Desks, tokens and backends over HTTP.
 * @module pipewright/serve
 */

export type { Timeouts } from './limits.ts'
export { makeReviews, type ReviewsOptions, type ServedBackend } from './make-reviews.ts'
export type { AccessToken, Right, Rights } from './rights/access-token.ts'
export { type ServeBackendOptions, serveBackend } from './serve-backend.ts'
export { type ReviewServer, type ServeReviewsOptions, serveReviews } from './serve-reviews.ts'
export type { Steerable, Verb } from './steering/steer.ts'
export type { ServerTls } from './tls.ts'
