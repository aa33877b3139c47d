import { state } from 'pipewright'
import { About, Outputs } from './book.ts'
import { UnpackedFields } from './unpacked.ts'

export const ModifiedFields = UnpackedFields.extend({ about: About, outputs: Outputs })

/** What storage gets is made: a plain tarball, the text, the metadata. */
export const Modified = state('Modified', ModifiedFields)
