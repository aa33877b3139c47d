import { isNativeError } from 'node:util/types'
import { Defect } from '../defect.ts'

/**
 * `error`, or the defect of the archive where work on it in a process of its own was stopped since it had come to a
 * standstill: on the same archive it would again.
 */
export function sayStalled(error: unknown, done: string): unknown {
  if (!(isNativeError(error) && 'code' in error && error.code === 'stalled')) return error
  const sentence = `The archive could not be ${done}: the work on it came to a standstill and was stopped. It is damaged, or made to do that.`
  return new Defect('Stalled', sentence, { detail: error.message }, error)
}
