import { createHash } from 'node:crypto'
import type { Defect } from './defect.ts'
import type { Archive, Book } from './states/book.ts'

/** A METS that cannot be read is one finding for the package, and another for the metadata that are then missing. */
type Part = 'package' | 'metadata'

/** The name of a finding: the same for the same defect of the same part with the same facts, and for nothing else. */
function findingOf(part: Part, { kind, message, details }: Defect): string {
  const { file, field, actual, expected, detail } = details
  const facts = [part, kind, message, file, field, actual, expected, detail].map((value) => value ?? null)
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}

/** The findings that a person has been shown of this very archive, and has accepted. */
export function acceptedOf({ accepted, archive }: Book & { readonly archive: Archive }): string[] {
  const ofArchive = accepted?.findings?.filter((each) => each.archive === archive.sha256) ?? []
  return ofArchive.map(({ finding }) => finding)
}

/** Does nothing where a person has accepted just this defect of that part; else throws it, as one that can be accepted. */
export function overlook(part: Part, defect: Defect, accepted: readonly string[]): void {
  const acceptable = findingOf(part, defect)
  if (!accepted.includes(acceptable)) throw defect.with({ acceptable })
}
