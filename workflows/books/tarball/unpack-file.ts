/*
 * An archive is unpacked into a `*.partial` folder that takes its name when every member is written and the end of
 * the archive has been seen. Only plain files are made, flat, with modes of ours: no links, devices, owners or times
 * come from the archive.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Defect } from '../defect.ts'
import { fillDurably } from '../durable-file.ts'
import { makeFileWriter } from './file-writer.ts'
import type { Oddity } from './header-reader.ts'
import { capsFor, type MemberCaps, type MembersOptions, membersOf } from './members.ts'

interface UnpackCaps extends MemberCaps {
  /** Milliseconds for the whole archive; an hour by default. */
  readonly deadlineMs: number
}

/** What to unpack, and where to. */
export interface UnpackOptions {
  readonly source: string
  readonly folder: string
  /** A folder that the files may lie in; its own name is left out. Other folders are refused. */
  readonly root?: string
  readonly caps?: Partial<UnpackCaps>
  readonly signal?: AbortSignal
  /** Called with the number of bytes of files so far. */
  readonly progress?: (bytes: number) => void
}

/** What was unpacked. */
export interface Unpacked {
  readonly files: number
  readonly bytes: number
  /** Files lay in the folder `root`. */
  readonly isRooted?: true
  /** What is odd about the end of the archive; only the list of the files that should be there shows if any is missing. */
  readonly oddity?: Oddity
}

const hourMs = 3_600_000

/** Unpacks a `.tar.gz` into `folder`, replacing it. Throws `BadFile`, `BadFilename` or `TooLarge`, and then leaves nothing. */
export async function unpackFile(options: UnpackOptions): Promise<Unpacked> {
  const caps = { deadlineMs: hourMs, ...capsFor((await stat(options.source)).size), ...options.caps }
  const deadline = AbortSignal.timeout(caps.deadlineMs)
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline
  try {
    const { source, root, progress = () => {} } = options
    return await fillDurably(options.folder, (folder) =>
      unpackInto(folder, { source, root, caps, signal, progress }),
    )
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!deadline.aborted) throw error
    throw new Defect('TooLarge', `The archive was not unpacked within ${caps.deadlineMs} ms.`, {
      expected: caps.deadlineMs,
    })
  }
}

async function unpackInto(folder: string, options: MembersOptions): Promise<Unpacked> {
  const files = makeFileWriter()
  let count = 0
  let bytes = 0
  let isRooted = false
  let oddity: Oddity | undefined
  try {
    for await (const part of membersOf(options)) {
      if ('body' in part) await files.write(part.body)
      else if ('file' in part) {
        count++
        bytes += part.file.bytes
        await files.begin(join(folder, part.file.name), part.file.bytes)
      } else if ('oddity' in part) oddity = part.oddity
      else isRooted ||= 'isRooted' in part
    }
    await files.finish()
  } finally {
    await files.close()
  }
  return { files: count, bytes, ...(isRooted && { isRooted }), ...(oddity && { oddity }) }
}
