import * as z from 'zod'
import { Barcode } from '../barcode.ts'

/** What a person has decided to overlook: why, and exactly which findings, each in the archive with that sha256. */
const Accepted = z.object({
  package: z.string().optional(),
  metadata: z.string().optional(),
  findings: z.array(z.object({ archive: z.string(), finding: z.string() })).optional(),
})

/** What every state of a book has. Buckets and the passphrase go by name: where and what they are, the app knows. */
export const Book = z.object({
  barcode: Barcode,
  /** Where the files of a book are while it is worked on. Paths in the states are relative to it. */
  processing_bucket: z.string().min(1),
  /** Where its results go. */
  done_bucket: z.string().min(1),
  /** The name, in the keyring, of the passphrase that its archive is opened with. */
  passphrase: z.string().min(1),
  accepted: Accepted.optional(),
})
export type Book = z.infer<typeof Book>

/** A file in the processing bucket. */
export const StagedFile = z.object({ path: z.string(), bytes: z.number().int(), sha256: z.string() })
export type StagedFile = z.infer<typeof StagedFile>

/** A file in the done bucket, by its key. */
export const StoredFile = z.object({ key: z.string(), bytes: z.number().int(), sha256: z.string() })
export type StoredFile = z.infer<typeof StoredFile>

/** The encrypted archive; `etag` is what its source calls this version of it, `date` (ISO) when it was made. */
export const Archive = StagedFile.extend({ etag: z.string(), date: z.string() })
export type Archive = z.infer<typeof Archive>

/** The folder that a tarball was unpacked into, and how many files are in it. `mets` is the name of its METS, null if it has none. */
export const Unpacking = z.object({
  path: z.string(),
  files: z.number().int(),
  bytes: z.number().int(),
  pages: z.number().int(),
  mets: z.string().nullable(),
  /**
   * The name of a file with the text of each page, a JSON string a line. There is one where the package is as it should be: then its tarball
   * is stored as it came, and the folder has this and the METS alone.
   */
  texts: z.string().optional(),
  /** What is odd about the end of the archive, though nothing of the package is missing. */
  oddity: z.string().optional(),
})
export type Unpacking = z.infer<typeof Unpacking>

/** What the catalogue says of a book, for the export. */
export const About = z.object({
  title: z.string().nullable(),
  author: z.string().nullable(),
  date: z.string().nullable(),
  language: z.string().nullable(),
})
export type About = z.infer<typeof About>

/** The files that go to storage; `metadata` is null where a book without any was accepted. */
export const Outputs = z.object({ tarball: StagedFile, ocr: StagedFile, metadata: StagedFile.nullable() })
export type Outputs = z.infer<typeof Outputs>
