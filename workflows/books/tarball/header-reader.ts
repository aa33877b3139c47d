import { Header, Parser, type ReadEntry } from 'tar'
import { Defect } from '../defect.ts'
import { makeExtendedHeaders } from './extended-headers.ts'

/** Blocks without a member before the end: extended headers, and zeros. 2 MiB. */
const maxIdleBlocks = 4096
/** As many fill a record of the size that every tar has unless told. */
const usualPaddingBlocks = 20
/** Blocks after the end, which fill a record of a tape: GNU tar's are as large as `-b` says. 64 MiB. */
const maxPaddingBlocks = 131_072
const zeroBlock = Buffer.alloc(512)

/** How an archive ends that has no proper end: nothing is missing as long as all files are there. */
export type Oddity = 'no end mark' | 'another archive follows'

/** A member as its header describes it. */
export type Member = Pick<ReadEntry, 'path' | 'size' | 'type' | 'mode'>

/** Reads the blocks of a tar that are no body. */
export interface HeaderReader {
  /** Takes note of bytes of a body. */
  readonly skip: (bytes: Uint8Array) => void
  /** Reads a block; a member when it was the last of its headers. */
  readonly read: (block: Uint8Array) => Member | undefined
  /** Throws if there may be more to come; what was odd about the end. */
  readonly end: () => Oddity | undefined
  /** node-tar would unpack a compressed archive inside the archive, where nothing counts the bytes. */
  readonly refuseCompressed: (start: Uint8Array) => void
}

/** How a tar is read. */
export interface TarReading {
  /** The most that all extended headers together may have. */
  readonly maxExtendedBytes: number
  /** Called if there is more after the end than a tar adds unless told. */
  readonly padded?: () => void
}

/** Makes a reader of one tar. */
export function makeHeaderReader({ maxExtendedBytes, padded }: TarReading): HeaderReader {
  const found: ReadEntry[] = []
  let failure: Error | undefined
  let members = 0
  let idleBlocks = 0
  let zeroBlocks = 0
  let paddingBlocks = 0
  let isOver = false
  const extended = makeExtendedHeaders(maxExtendedBytes)
  const parser = new Parser({ strict: true, filter: () => false })
  parser.on('error', (error: Error) => (failure ??= error))
  parser.on('ignoredEntry', (entry: ReadEntry) => found.push(entry))
  const feed = (bytes: Uint8Array) => {
    parser.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    if (failure)
      throw new Defect('BadFile', 'The archive is malformed.', { detail: failure.message }, failure)
  }

  /** Bytes after the end are no part of the archive. */
  function pad(): undefined {
    if (paddingBlocks === usualPaddingBlocks) padded?.()
    if (++paddingBlocks > maxPaddingBlocks)
      throw new Defect('TooLarge', 'The archive goes on for 64 MiB after its end.')
  }

  function goesOn(block: Uint8Array): undefined {
    if (!headerOf(block)?.cksumValid) throw new Defect('BadFile', 'The archive goes on after its end.')
    isOver = true
  }

  return {
    skip: feed,
    refuseCompressed,
    read(block) {
      if (members === 0 && idleBlocks === 0) refuseCompressed(block)
      const isZero = zeroBlock.equals(block)
      if (isOver || (zeroBlocks > 1 && isZero)) return pad()
      if (++idleBlocks > maxIdleBlocks)
        throw new Defect('TooLarge', 'The archive has 2 MiB without a file in it.')
      if (extended.isOpen()) {
        const body = extended.take(block)
        if (body) feed(body)
        return undefined
      }
      if (isZero) zeroBlocks++
      else {
        if (zeroBlocks > 0) return goesOn(block)
        const header = headerOf(block)
        if (header?.cksumValid) extended.begin(header)
      }
      feed(block)
      const member = found.pop()
      if (!member) return undefined
      extended.check(member.path)
      members++
      idleBlocks = 0
      return member
    },
    end() {
      if (isOver) return 'another archive follows'
      if (zeroBlocks > 1) return undefined
      if (members === 0) throw new Defect('BadFile', 'The archive is empty.')
      if (idleBlocks > zeroBlocks) throw new Defect('BadFile', 'The archive is cut short.')
      return 'no end mark'
    },
  }
}

/** The header in a block; undefined where its numbers make no sense. */
function headerOf(block: Uint8Array): Header | undefined {
  try {
    return new Header(Buffer.from(block))
  } catch {
    return undefined
  }
}

function refuseCompressed(start: Uint8Array): void {
  const magic = Buffer.from(start.subarray(0, 4)).toString('hex')
  if (magic.startsWith('1f8b') || magic === '28b52ffd')
    throw new Defect('BadFile', 'The archive is compressed twice.')
}
