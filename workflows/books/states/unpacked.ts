import { state } from 'pipewright'
import { Unpacking } from './book.ts'
import { DecryptedFields } from './decrypted.ts'

export const UnpackedFields = DecryptedFields.extend({ unpacked: Unpacking })

/** Its files are in a folder, and complete (or accepted as they are). */
export const Unpacked = state('Unpacked', UnpackedFields)
