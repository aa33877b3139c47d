/*
 * An archive is unpacked into a `*.partial` folder that takes its name when every member is written and the end of
 * the archive has been seen. Only plain files are made, flat, with modes of ours: no links, devices, owners or times
 * come from the archive.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Defect } from '../defect.ts'
import { fillDurably } from '../durable-file.ts'
import { duplicate, makeFileWriter } from './file-writer.ts'
import { gunzipFile } from './gunzip-file.ts'
import type { Member, Oddity } from './header-reader.ts'
import { type Place, placeOf } from './member-name.ts'
import { readTar } from './tar-blocks.ts'

interface UnpackCaps {
  /** Members of the archive, folders included; one for each 20 bytes of the source by default, but 3,000 to 30,000. Each may have 1 KiB of extended headers. */
  readonly maxEntries: number
  /** Bytes of all files together; 50 times the source by default, and at least 128 MiB: images are compressed already. */
  readonly maxBytes: number
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

/** With its own block, for each member that there may be; pax headers that tars write have some hundred bytes. */
const extendedBytesEach = 1024
const hourMs = 3_600_000
const fileTypes = ['File', 'OldFile', 'ContiguousFile']
const folderTypes = ['Directory', 'GNUDumpDir']

/** Unpacks a `.tar.gz` into `folder`, replacing it. Throws `BadFile`, `BadFilename` or `TooLarge`, and then leaves nothing. */
export async function unpackFile(options: UnpackOptions): Promise<Unpacked> {
  const caps = { deadlineMs: hourMs, ...capsFor((await stat(options.source)).size), ...options.caps }
  const deadline = AbortSignal.timeout(caps.deadlineMs)
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline
  try {
    const { source, root, progress = () => {} } = options
    const rest = { source, root, caps, signal, progress }
    return await fillDurably(options.folder, (folder) => unpackInto({ folder, ...rest }))
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!deadline.aborted) throw error
    throw new Defect('TooLarge', `The archive was not unpacked within ${caps.deadlineMs} ms.`, {
      expected: caps.deadlineMs,
    })
  }
}

/** An archive that is much larger unpacked, or has next to nothing in its files, is a bomb. */
function capsFor(bytes: number): Pick<UnpackCaps, 'maxEntries' | 'maxBytes'> {
  // Blank pages are 60 bytes a file, with its md5.
  const maxEntries = Math.min(30_000, Math.max(3000, Math.floor(bytes / 20)))
  return { maxEntries, maxBytes: Math.max(128 * 2 ** 20, 50 * bytes) }
}

interface Unpacking {
  readonly source: string
  readonly folder: string
  readonly root: string | undefined
  readonly caps: UnpackCaps
  readonly signal: AbortSignal
  readonly progress: (bytes: number) => void
}

async function unpackInto({ source, folder, root, caps, signal, progress }: Unpacking): Promise<Unpacked> {
  const seen = new Set<string>()
  const files = makeFileWriter()
  const maxExtendedBytes = caps.maxEntries * extendedBytesEach
  let entries = 0
  let bytes = 0
  let isRooted = false
  let oddity: Oddity | undefined
  try {
    for await (const part of readTar(gunzipFile(source, signal), { maxExtendedBytes })) {
      signal.throwIfAborted()
      if ('oddity' in part) oddity = part.oddity
      else if ('body' in part) await files.write(part.body)
      else {
        const { member } = part
        const place = placeOf(member.path, { root, isFolder: folderTypes.includes(member.type) })
        bytes += member.size
        if (++entries > caps.maxEntries) throw tooLarge('files', caps.maxEntries)
        if (bytes > caps.maxBytes) throw tooLarge('bytes', caps.maxBytes)
        isRooted ||= place.isRooted
        // `tar c .` has the folder itself in it, as `./`.
        if (place.name === undefined && folderTypes.includes(member.type)) continue
        progress(bytes)
        await files.begin(join(folder, newName(member, place, seen)), member.size)
      }
    }
    await files.finish()
  } finally {
    await files.close()
  }
  if (seen.size === 0) throw new Defect('BadFile', 'The archive is empty.')
  return { files: seen.size, bytes, ...(isRooted && { isRooted }), ...(oddity && { oddity }) }
}

/** The name of a plain file that is there once, or a defect. */
function newName(member: Member, { name }: Place, seen: Set<string>): string {
  const file = member.path.slice(0, 200)
  if (!fileTypes.includes(member.type)) {
    const sentence = `The archive holds ${file}, which is not a file but a ${member.type}.`
    throw new Defect('BadFile', sentence, { file, actual: member.type })
  }
  if (name === undefined)
    throw new Defect(
      'BadFilename',
      `The archive holds the name ${JSON.stringify(file)}, which names no file.`,
      {
        file,
      },
    )
  // Some file systems take names for the same that others keep apart.
  const known = name.normalize('NFC').toLowerCase()
  if (seen.has(known)) throw duplicate(file)
  seen.add(known)
  return name
}

function tooLarge(what: string, expected: number): Defect {
  const detail = 'If it is what it should be, raise the limits in the config, and try again.'
  return new Defect('TooLarge', `The archive holds more than ${expected} ${what}.`, { expected, detail })
}
