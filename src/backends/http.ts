/**
 * Queues that another process serves with `serveBackend`.
 * @module pipewright/http
 */

export { type HttpOptions, http } from './http/http.ts'
