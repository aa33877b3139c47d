import { bareName } from '../bare-name.ts'

/** A file that a METS lists (`file` and `FLocat` in the METS schema), with what it says of it. */
export interface ListedFile {
  /** Relative to the METS. */
  readonly name: string
  readonly bytes?: number
  /** A hash as Node calls it, and what it should give, in lower-case hexadecimal. */
  readonly algorithm?: string
  readonly digest?: string
}

/** Those of CHECKSUMTYPE that can be worked out here. */
const algorithms: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}
const maxNameLength = 300

/** What a `file` with its attributes and the `href` of its location says; undefined for what lies elsewhere on the web. */
export function listedFile(
  href: string,
  { SIZE: size, CHECKSUM: checksum, CHECKSUMTYPE: type }: Readonly<Record<string, string | undefined>>,
): ListedFile | undefined {
  const path = href.trim().replace(/^file:\/*/i, '')
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) return undefined
  const name = bareName(decoded(path)).slice(0, maxNameLength)
  const digest = checksum?.trim().toLowerCase()
  const algorithm =
    type === undefined && digest?.length === 32 ? 'md5' : algorithms[type?.trim().toUpperCase() ?? '']
  return {
    name,
    ...(size !== undefined && /^\s*\d{1,15}\s*$/.test(size) && { bytes: Number(size) }),
    ...(algorithm && digest && { algorithm, digest }),
  }
}

function decoded(href: string): string {
  try {
    return decodeURIComponent(href)
  } catch {
    return href
  }
}
