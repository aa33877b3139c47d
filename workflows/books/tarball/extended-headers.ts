/*
 * What extends the header after it: records of pax (`x`, `g`, `X`), and the long names of GNU tar (`L`, `K`). node-tar
 * reads them, but takes each line of a record's value for a record, and anything that JavaScript takes for a number.
 */
import type { Header } from 'tar'
import { Defect } from '../defect.ts'

/** What node-tar would skip without a word if it were longer. */
const maxOneBytes = 2 ** 20
const blockBytes = 512
const pax = ['ExtendedHeader', 'OldExtendedHeader', 'GlobalExtendedHeader']
const longNames = ['NextFileHasLongPath', 'NextFileHasLongLinkpath', 'OldGnuLongPath']
const [blank, lineEnd, equals] = [0x20, 0x0a, 0x3d]

/** Reads the extended headers of one archive. */
export interface ExtendedHeaders {
  /** Takes note of a header; whether blocks of a body follow that must be given to `take`. */
  readonly begin: (header: Header) => void
  /** Whether the next block belongs to an extended header. */
  readonly isOpen: () => boolean
  /** Takes a block of it; all of them, as node-tar should see them, when it was the last. */
  readonly take: (block: Uint8Array) => Uint8Array | undefined
  /** Throws if the records refuse the member after them: it is stored sparsely, or its size is no number. */
  readonly check: (path: string) => void
}

/** Makes a reader; extended headers have at most `maxBytes` in the whole archive, their own blocks included. */
export function makeExtendedHeaders(maxBytes: number): ExtendedHeaders {
  let total = 0
  let left = 0
  let isPax = false
  let isSparse = false
  let badSize: string | undefined
  let blocks: Uint8Array[] = []

  function read(key: string, value: Buffer): void {
    const text = value.toString('utf8')
    isSparse ||= key.startsWith('GNU.sparse.')
    if (key === 'size' && !/^\d+$/.test(text)) badSize ??= text.slice(0, 40)
    if (key !== 'path' && key !== 'linkpath') return
    const odd = text.includes('\0') ? 'a NUL' : text.includes('\n') ? 'a line end' : undefined
    if (odd) throw new Defect('BadFilename', `The archive holds a name with ${odd} in it.`)
  }

  return {
    isOpen: () => left > 0,
    begin({ type, size = 0 }) {
      isPax = pax.includes(type)
      if (!isPax && !longNames.includes(type)) return
      if (size > maxOneBytes) {
        const details = { actual: size, expected: maxOneBytes }
        throw new Defect('TooLarge', `The archive has an extended header of ${size} bytes.`, details)
      }
      total += blockBytes + size
      if (total > maxBytes) throw tooLarge(maxBytes)
      left = Math.ceil(size / blockBytes)
      blocks = []
    },
    take(block) {
      blocks.push(Buffer.from(block))
      if (--left > 0) return undefined
      const body = Buffer.concat(blocks)
      blocks = []
      if (isPax) readRecords(body, read)
      return body
    },
    check(file) {
      if (isSparse) throw new Defect('BadFile', `The file ${file} is stored sparsely.`, { file })
      if (badSize === undefined) return
      const sentence = `The archive says that the size of ${file} is ${JSON.stringify(badSize)}, which is no number of bytes.`
      throw new Defect('BadFile', sentence, { file, field: 'size', actual: badSize })
    },
  }
}

/** Calls `see` for each record of a body, which zeros may follow: `{length of all} {key}={value}\n`. Lines in values are joined. */
function readRecords(body: Buffer, see: (key: string, value: Buffer) => void): void {
  for (let at = 0; at < body.length && body[at] !== 0; ) {
    const digits = /^\d+(?= )/.exec(body.toString('latin1', at, at + 9))?.[0]
    const start = at + (digits?.length ?? 0) + 1
    const end = at + Number(digits) - 1
    const split = body.indexOf(equals, start)
    if (digits === undefined || body[end] !== lineEnd || split < start || split > end) throw malformed()
    const value = body.subarray(split + 1, end)
    see(body.toString('utf8', start, split), value)
    for (let line = value.indexOf(lineEnd); line >= 0; line = value.indexOf(lineEnd, line))
      value[line] = blank
    at = end + 1
  }
}

function malformed(): Defect {
  return new Defect('BadFile', 'The archive has a malformed extended header.')
}

function tooLarge(expected: number): Defect {
  const detail = 'If it is what it should be, raise the limit of files in the config, and try again.'
  const sentence = `The archive has more than ${expected} bytes of extended headers.`
  return new Defect('TooLarge', sentence, { expected, detail })
}
