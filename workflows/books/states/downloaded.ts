import { state } from 'pipewright'
import { Archive } from './book.ts'
import { ConvertedFields } from './converted.ts'

export const DownloadedFields = ConvertedFields.extend({ archive: Archive })

/** Its encrypted archive is in the processing bucket. */
export const Downloaded = state('Downloaded', DownloadedFields)
