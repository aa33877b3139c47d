import { basename } from 'node:path'
import { isNativeError } from 'node:util/types'

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left on its disk',
  EDQUOT: 'the quota of its disk is used up',
  EROFS: 'its file system is read-only',
  EIO: 'its disk has failed',
  EMFILE: 'this process has too many files open',
  ENFILE: 'this machine has too many files open',
}

/** `error` in a sentence, with its code, if it is trouble of the disk that `target` was to be written to; else itself. */
export function sayDiskTrouble(error: unknown, target: string): unknown {
  const { code = '', syscall } = isNativeError(error) ? (error as NodeJS.ErrnoException) : {}
  const reason = reasons[code]
  if (reason === undefined || syscall === undefined) return error
  const sentence = `${basename(target)} could not be written: ${reason} (${code}).`
  return Object.assign(new Error(sentence, { cause: error }), { code, syscall })
}
