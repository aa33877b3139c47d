import { state } from 'pipewright'
import { StagedFile } from './book.ts'
import { DownloadedFields } from './downloaded.ts'

export const DecryptedFields = DownloadedFields.extend({ decrypted: StagedFile })

/** Its tarball is there, and proven to be what was encrypted. */
export const Decrypted = state('Decrypted', DecryptedFields)
