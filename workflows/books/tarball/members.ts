/*
 * The members of an archive as they may be unpacked: plain files, each once, in a flat folder or in one called as told. What the archive
 * holds besides, or more of it than the caps allow, is refused as it comes, whatever is then done with the files.
 */
import { Defect } from '../defect.ts'
import { gunzipFile } from './gunzip-file.ts'
import type { Member, Oddity } from './header-reader.ts'
import { type Place, placeOf } from './member-name.ts'
import { readTar } from './tar-blocks.ts'

/** How much an archive may hold. */
export interface MemberCaps {
  /** Members of the archive, folders included; one for each 20 bytes of the source by default, but 3,000 to 30,000. Each may have 1 KiB of extended headers. */
  readonly maxEntries: number
  /** Bytes of all files together; 50 times the source by default, and at least 128 MiB: images are compressed already. */
  readonly maxBytes: number
}

/** Which archive, and how much of it. */
export interface MembersOptions {
  readonly source: string
  /** A folder that the files may lie in; its own name is left out. Other folders are refused. */
  readonly root?: string | undefined
  readonly caps: MemberCaps
  readonly signal: AbortSignal
  /** Called with the number of bytes of files so far. */
  readonly progress: (bytes: number) => void
}

/** What comes of an archive: a file, then its bytes in pieces; what is odd about it, as soon as it is seen. */
export type MemberPart =
  | { readonly file: { readonly name: string; readonly bytes: number } }
  | { readonly body: Uint8Array }
  | { readonly oddity: Oddity }
  /** Files lie in the folder `root`. */
  | { readonly isRooted: true }
  /** It is not as a package is, though it may be unpacked: a name is written otherwise, there are folders, padding, or odd modes. */
  | { readonly isUnusual: true }

/** With its own block, for each member that there may be; pax headers that tars write have some hundred bytes. */
const extendedBytesEach = 1024
const fileTypes = ['File', 'OldFile', 'ContiguousFile']
const folderTypes = ['Directory', 'GNUDumpDir']
/** The bits that let a program run as another user, or keep a folder from others. */
const oddModes = 0o7000

/** An archive that is much larger unpacked, or has next to nothing in its files, is a bomb. */
export function capsFor(bytes: number): MemberCaps {
  // Blank pages are 60 bytes a file, with its md5.
  const maxEntries = Math.min(30_000, Math.max(3000, Math.floor(bytes / 20)))
  return { maxEntries, maxBytes: Math.max(128 * 2 ** 20, 50 * bytes) }
}

/** Reads a `.tar.gz`. Throws `BadFile`, `BadFilename` or `TooLarge`. */
export async function* membersOf(options: MembersOptions): AsyncGenerator<MemberPart> {
  const { source, root, caps, signal, progress } = options
  const seen = new Set<string>()
  const maxExtendedBytes = caps.maxEntries * extendedBytesEach
  let entries = 0
  let bytes = 0
  let isPadded = false
  const padded = () => {
    isPadded = true
  }
  for await (const part of readTar(gunzipFile(source, { signal, padded }), { maxExtendedBytes, padded })) {
    signal.throwIfAborted()
    if (!('member' in part)) {
      yield part
      continue
    }
    const { member } = part
    const isFolder = folderTypes.includes(member.type)
    const place = placeOf(member.path, { root, isFolder })
    bytes += member.size
    if (++entries > caps.maxEntries) throw tooLarge('files', caps.maxEntries)
    if (bytes > caps.maxBytes) throw tooLarge('bytes', caps.maxBytes)
    if (place.isRooted) yield { isRooted: true }
    if (member.path !== place.name || ((member.mode ?? 0) & oddModes) !== 0) yield { isUnusual: true }
    // `tar c .` has the folder itself in it, as `./`.
    if (place.name === undefined && isFolder) continue
    progress(bytes)
    yield { file: { name: newName(member, place, seen), bytes: member.size } }
  }
  if (isPadded) yield { isUnusual: true }
  if (seen.size === 0) throw new Defect('BadFile', 'The archive is empty.')
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

/** Two members of an archive have one name. */
export function duplicate(file: string): Defect {
  return new Defect('BadFilename', `The archive holds the name ${file} twice.`, { file })
}
