/*
 * An archive is unpacked into a `*.partial` folder that takes its name when every member is written and the end of
 * the archive has been seen. Only plain files are made (and folders, where `maxDepth` is over 1), with modes of ours:
 * no links, devices, owners or times come from the archive.
 */
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ReadEntry } from 'tar'
import { Defect } from '../defect.ts'
import { fillDurably, syncFiles } from '../durable-file.ts'
import { gunzipFile } from './gunzip-file.ts'
import { memberParts } from './member-name.ts'
import { readTar } from './tar-blocks.ts'

interface UnpackCaps {
  /** Members of the archive, folders included; 50,000 by default. */
  readonly maxEntries: number
  /** Bytes of all files together; 64 GiB by default. */
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
}

const defaults: UnpackCaps = {
  maxEntries: 50_000,
  maxBytes: 64 * 2 ** 30,
  maxPathBytes: 255,
  maxDepth: 1,
  deadlineMs: 3_600_000,
}
const fileTypes = ['File', 'OldFile', 'ContiguousFile']
const folderTypes = ['Directory', 'GNUDumpDir']

/** Unpacks a `.tar.gz` into `folder`, replacing it. Throws `BadFile`, `BadFilename` or `TooLarge`, and then leaves nothing. */
export async function unpackFile(options: UnpackOptions): Promise<Unpacked> {
  const caps = { ...defaults, ...options.caps }
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

interface Unpacking {
  readonly source: string
  readonly folder: string
  readonly caps: UnpackCaps
  readonly signal: AbortSignal
}

async function unpackInto({ source, folder, caps, signal }: Unpacking): Promise<Unpacked> {
  const seen = new Set<string>()
  const written: string[] = []
  let bytes = 0
  let target: Awaited<ReturnType<typeof create>> | undefined
  let remaining = 0
  try {
    for await (const part of readTar(gunzipFile(source, signal))) {
      signal.throwIfAborted()
      if ('body' in part) {
        if (!target) continue
        await target.writeFile(part.body)
        remaining -= part.body.length
      } else {
        if (isFolder(part.member) && caps.maxDepth > 1 && /^\.?\/*$/.test(part.member.path)) continue
        const path = place(part.member, seen, caps)
        if (seen.size > caps.maxEntries) throw tooLarge('files', caps.maxEntries)
        if (bytes + part.member.size > caps.maxBytes) throw tooLarge('bytes', caps.maxBytes)
        if (isFolder(part.member)) {
          await mkdir(join(folder, path), { recursive: true, mode: 0o700 })
          continue
        }
        target = await create(join(folder, path))
        written.push(join(folder, path))
        remaining = part.member.size
        bytes += remaining
      }
      if (target && remaining === 0) {
        await target.close()
        target = undefined
      }
    }
  } finally {
    await target?.close()
  }
  await syncFiles(written)
  return { files: written.length, bytes }
}

/** Decides on a member: its path relative to the folder, or a defect. */
function place(member: ReadEntry, seen: Set<string>, caps: UnpackCaps): string {
  const file = member.path.slice(0, 200)
  const path = memberParts(member.path, caps).join('/')
  const folder = isFolder(member)
  if (!fileTypes.includes(member.type) && !(folder && caps.maxDepth > 1)) {
    throw new Defect('BadFile', `The archive holds ${file}, which is not a file but a ${member.type}.`, {
      file,
      actual: member.type,
    })
  }
  if (seen.has(path) && !folder) throw duplicate(file)
  seen.add(path)
  return path
}

function isFolder(member: ReadEntry): boolean {
  return folderTypes.includes(member.type)
}

async function create(path: string) {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  return open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' || error.code === 'EISDIR' ? duplicate(path) : error
  })
}

function duplicate(file: string): Defect {
  return new Defect('BadFilename', `The archive holds the name ${file} twice.`, { file })
}

function tooLarge(what: string, expected: number): Defect {
  return new Defect('TooLarge', `The archive holds more than ${expected} ${what}.`, { expected })
}
