/*
 * An archive is unpacked into a `*.partial` folder that takes its name when every member is written and the end of
 * the archive has been seen. Only plain files are made (and folders, where `maxDepth` is over 1), with modes of ours:
 * no links, devices, owners or times come from the archive.
 */
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Defect } from '../defect.ts'
import { fillDurably } from '../durable-file.ts'
import { duplicate, makeFileWriter } from './file-writer.ts'
import { gunzipFile } from './gunzip-file.ts'
import type { Member, Oddity } from './header-reader.ts'
import { memberParts } from './member-name.ts'
import { readTar } from './tar-blocks.ts'

interface UnpackCaps {
  /** Members of the archive, folders included; one for each 500 bytes of the source by default, but 1,000 to 30,000. */
  readonly maxEntries: number
  /** Bytes of all files together; 50 times the source by default, and at least 128 MiB: images are compressed already. */
  readonly maxBytes: number
  /** Bytes of one path; 255 by default. */
  readonly maxPathBytes: number
  /** Parts of a path; 1, a flat archive, by default. More allows folders. */
  readonly maxDepth: number
  /** Milliseconds for the whole archive; an hour by default. */
  readonly deadlineMs: number
}

export interface UnpackOptions {
  readonly source: string
  readonly folder: string
  readonly caps?: Partial<UnpackCaps>
  readonly signal?: AbortSignal
}

export interface Unpacked {
  readonly files: number
  readonly bytes: number
  /** What is odd about the end of the archive: whoever knows which files there should be can tell whether any is missing. */
  readonly oddity?: Oddity
}

const defaults = {
  maxPathBytes: 255,
  maxDepth: 1,
  deadlineMs: 3_600_000,
}
const fileTypes = ['File', 'OldFile', 'ContiguousFile']
const folderTypes = ['Directory', 'GNUDumpDir']

/** Unpacks a `.tar.gz` into `folder`, replacing it. Throws `BadFile`, `BadFilename` or `TooLarge`, and then leaves nothing. */
export async function unpackFile(options: UnpackOptions): Promise<Unpacked> {
  const caps = { ...defaults, ...capsFor((await stat(options.source)).size), ...options.caps }
  const deadline = AbortSignal.timeout(caps.deadlineMs)
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline
  try {
    return await fillDurably(options.folder, (folder) =>
      unpackInto({ source: options.source, folder, caps, signal }),
    )
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
  const maxEntries = Math.min(30_000, Math.max(1000, Math.floor(bytes / 500)))
  return { maxEntries, maxBytes: Math.max(128 * 2 ** 20, 50 * bytes) }
}

interface Unpacking {
  readonly source: string
  readonly folder: string
  readonly caps: UnpackCaps
  readonly signal: AbortSignal
}

async function unpackInto({ source, folder, caps, signal }: Unpacking): Promise<Unpacked> {
  const seen = new Set<string>()
  const files = makeFileWriter()
  let count = 0
  let bytes = 0
  let oddity: Oddity | undefined
  try {
    for await (const part of readTar(gunzipFile(source, signal))) {
      signal.throwIfAborted()
      if ('oddity' in part) oddity = part.oddity
      else if ('body' in part) await files.write(part.body)
      else {
        if (isFolder(part.member) && caps.maxDepth > 1 && /^\.?\/*$/.test(part.member.path)) continue
        const path = join(folder, place(part.member, seen, caps))
        bytes += part.member.size
        if (seen.size > caps.maxEntries) throw tooLarge('files', caps.maxEntries)
        if (bytes > caps.maxBytes) throw tooLarge('bytes', caps.maxBytes)
        if (isFolder(part.member)) await mkdir(path, { recursive: true, mode: 0o700 })
        else {
          count++
          await files.begin(path, part.member.size)
        }
      }
    }
    await files.finish()
  } finally {
    await files.close()
  }
  return { files: count, bytes, ...(oddity && { oddity }) }
}

/** Decides on a member: its path relative to the folder, or a defect. */
function place(member: Member, seen: Set<string>, caps: UnpackCaps): string {
  const file = member.path.slice(0, 200)
  const path = memberParts(member.path, caps).join('/')
  const folder = isFolder(member)
  if (!fileTypes.includes(member.type) && !(folder && caps.maxDepth > 1)) {
    throw new Defect('BadFile', `The archive holds ${file}, which is not a file but a ${member.type}.`, {
      file,
      actual: member.type,
    })
  }
  // Some file systems tell names apart by more than others.
  const known = path.normalize('NFC').toLowerCase()
  if (seen.has(known) && !folder) throw duplicate(file)
  seen.add(known)
  return path
}

function isFolder(member: Member): boolean {
  return folderTypes.includes(member.type)
}

function tooLarge(what: string, expected: number): Defect {
  return new Defect('TooLarge', `The archive holds more than ${expected} ${what}.`, { expected })
}
