import type { IncomingHttpHeaders } from 'node:http'
import { Defect } from '../../defect.ts'
import type { StoredFile, Upload } from '../storage.ts'

const prefix = 'x-amz-meta-'
/** S3 keeps so many bytes of names and values. */
const maxBytes = 2048

/**
 * The headers by which S3 keeps the metadata of an upload, its sha256 among them. S3 gives back as they were only
 * printable characters of ASCII, and no spaces around them: other metadata is refused, `BadUTF`, as is more of it than S3
 * keeps, `TooLarge`.
 */
export function metadataHeaders(key: string, { metadata = {}, sha256 }: Upload): Record<string, string> {
  for (const [name, value] of Object.entries(metadata)) {
    const isKept = /^[a-z0-9-]+$/.test(name) && name !== 'sha256' && /^([!-~]([ -~]*[!-~])?)?$/.test(value)
    if (isKept) continue
    const sentence = `The metadata ${JSON.stringify(name)} of ${key} is not what S3 can keep: a name in small letters, other than sha256, and a value of printable ASCII without spaces around it.`
    throw new Defect('BadUTF', sentence, { file: key, field: name, actual: value })
  }
  const all = Object.entries({ ...metadata, sha256 })
  const bytes = all.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (bytes > maxBytes) {
    const sentence = `The metadata of ${key} has ${bytes} bytes, and S3 keeps ${maxBytes}.`
    throw new Defect('TooLarge', sentence, { file: key, actual: bytes, expected: maxBytes })
  }
  return Object.fromEntries(all.map(([name, value]) => [prefix + name, value]))
}

/** What the headers of an answer say of the metadata. */
export function readMetadata(headers: IncomingHttpHeaders): Pick<StoredFile, 'sha256' | 'metadata'> {
  const metadata: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(prefix)) metadata[name.slice(prefix.length)] = String(value)
  }
  const { sha256 = '', ...others } = metadata
  return { sha256, metadata: others }
}
