import { Defect } from '../defect.ts'

export interface NameCaps {
  /** Bytes of a whole path. */
  readonly maxPathBytes: number
  /** Parts of a path: 1 for a flat archive. */
  readonly maxDepth: number
}

/** The parts of a member's path, safe to join to a folder; `BadFilename` for one that leaves it, or is odd or too long. */
export function memberParts(path: string, caps: NameCaps): readonly string[] {
  const refuse = (why: string) =>
    new Defect('BadFilename', `The archive holds the name ${JSON.stringify(path.slice(0, 200))}, ${why}.`, {
      file: path.slice(0, 200),
    })
  if (/^([/\\]|[A-Za-z]:)/.test(path)) throw refuse('which is absolute')
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw refuse('which leaves the folder')
  if (parts.length === 0) throw refuse('which names no file')
  if (/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffd\\]/u.test(path))
    throw refuse('which is not plain text')
  if (Buffer.byteLength(path) > caps.maxPathBytes || parts.some((part) => Buffer.byteLength(part) > 255)) {
    throw refuse('which is too long')
  }
  if (parts.length > caps.maxDepth)
    throw refuse(caps.maxDepth === 1 ? 'which lies in a folder' : 'which lies too deep')
  return parts
}
