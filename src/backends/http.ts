/**
 * Queues that another process serves with `serveBackend`.
 * @module pipewright/http
 */

export { http } from './http/http.ts'
export type { HttpOptions } from './http/http-options.ts'
