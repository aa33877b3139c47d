import type { Schema } from './schema.ts'

/** Accepts every value, as it is. */
export const anything: Schema = {
  '~standard': { version: 1, vendor: 'pipewright', validate: (value) => ({ value }) },
}
