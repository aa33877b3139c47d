import { type Infer, InvalidError, oneOf, review, wrapped } from 'pipewright'
import * as z from 'zod'
import { Book } from '../states/book.ts'
import { Converted, ConvertedFields } from '../states/converted.ts'
import { Decrypted, DecryptedFields } from '../states/decrypted.ts'
import { Downloaded, DownloadedFields } from '../states/downloaded.ts'
import { Modified, ModifiedFields } from '../states/modified.ts'
import { NeedsReview, Review } from '../states/needs-review.ts'
import { stageNames } from '../states/reason.ts'
import { Rejecting } from '../states/rejecting.ts'
import { Unconverted } from '../states/unconverted.ts'
import { Unpacked, UnpackedFields } from '../states/unpacked.ts'
import { Uploaded, UploadedFields } from '../states/uploaded.ts'
import { Wanted } from '../states/wanted.ts'

type Stopped = Infer<typeof NeedsReview>

const note = z.string().trim().min(1).max(1000)

/** What a person can decide about a book that stopped. */
const decisions = {
  /** Try again from a stage: one of the task's `retryFrom`. */
  retry: z.object({ from: z.enum(stageNames) }),
  /** Decrypt with another passphrase, by its name in the keyring. */
  passphrase: z.object({ name: z.string().min(1).max(200) }),
  /** Go on in spite of what was found, if the task is `acceptable`; the note goes into the export. */
  accept: z.object({ note }),
  reject: z.object({ note }),
}

function retry(book: Stopped, from: (typeof stageNames)[number]) {
  if (!book.retryFrom.includes(from)) {
    throw refuse(book, `cannot be tried again from ${from}, only from ${book.retryFrom.join(' or ')}`)
  }
  switch (from) {
    case 'check':
      return Wanted(Book.parse(book))
    case 'request':
      return Unconverted(Book.parse(book))
    case 'awaitConversion':
      throw refuse(book, 'is waited for again when its conversion was asked for again')
    case 'download':
      // What was accepted was found in the archive that was here.
      return Converted(ConvertedFields.parse({ ...book, accepted: undefined, offered: undefined }))
    case 'decrypt':
      return Downloaded(DownloadedFields.parse(book))
    case 'unpack':
      return Decrypted(DecryptedFields.parse(book))
    case 'modify':
      return Unpacked(UnpackedFields.parse(book))
    case 'upload':
      return Modified(ModifiedFields.parse(book))
    case 'cleanUp':
      return Uploaded(UploadedFields.parse(book))
  }
}

function tryPassphrase(book: Stopped, passphrase: string) {
  if (book.reason.class !== 'decrypt') {
    throw refuse(book, `was decrypted; another passphrase would not help`)
  }
  return Downloaded(DownloadedFields.parse({ ...book, passphrase }))
}

function accept(book: Stopped, why: string) {
  const { archive, finding } = book
  if (!book.acceptable || !archive || finding === undefined)
    throw refuse(book, `cannot be accepted as it is: ${whyNot[book.reason.stage]}`)
  const stage = book.reason.stage === 'unpack' ? 'package' : 'metadata'
  const earlier = book.accepted?.[stage]
  const findings = [...(book.accepted?.findings ?? []), { archive: archive.sha256, finding }]
  const accepted = {
    ...book.accepted,
    [stage]: earlier === undefined ? why : `${earlier}; ${why}`,
    findings,
  }
  return retry({ ...book, accepted }, book.reason.stage)
}

/** Why nothing can be accepted of a book that stopped in a stage. */
const whyNot: Readonly<Record<Stopped['reason']['stage'], string>> = {
  check: 'GRIN has not said what it offers of it',
  request: 'it is not converted yet',
  awaitConversion: 'it is not converted yet',
  download: 'it is not here yet',
  decrypt: 'it could not be decrypted',
  unpack: 'its archive could not be unpacked whole and safely, or there is no page in it',
  modify: 'what storage gets could not be made of it',
  upload: 'it is not in storage yet',
  cleanUp: 'it is in storage already, and only has to be cleaned up',
}

function refuse({ barcode }: Stopped, why: string): InvalidError {
  return new InvalidError(`Book ${barcode} ${why}.`, { id: barcode })
}

/** Where a person decides about the books that stopped. */
export const reviewBook = wrapped(review({ input: Review, decisions }), {
  input: NeedsReview,
  output: oneOf(
    Wanted,
    Unconverted,
    Converted,
    Downloaded,
    Decrypted,
    Unpacked,
    Modified,
    Uploaded,
    Rejecting,
  ),
  pre: ({ reason, retryFrom, acceptable }) => ({ reason, retryFrom, acceptable }),
  facets: ({ reason }) => ({ class: reason.class, name: reason.name, stage: reason.stage }),
  post: (book, choice) => {
    switch (choice.decision) {
      case 'retry':
        return retry(book, choice.from)
      case 'passphrase':
        return tryPassphrase(book, choice.name)
      case 'accept':
        return accept(book, choice.note)
      case 'reject':
        return Rejecting({ ...ConvertedFields.parse(book), reason: book.reason, note: choice.note })
    }
  },
})
