export { type HttpOptions, http } from './http/http.ts'
