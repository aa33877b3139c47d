/**
 * Queues that another process serves with `serveBackend`.
 * @module pipewright/http
 */

export { http } from './http/http.ts'
export type { HttpOptions, HttpTls } from './http/http-options.ts'
