import { Defect } from '../defect.ts'

const maxPathBytes = 255

/** Where a member belongs: its name in the flat folder, which the root folder itself has not, and whether it lay in that. */
export interface Place {
  readonly name: string | undefined
  readonly isRooted: boolean
}

/**
 * The place of a member's path, safe to join to a folder. The archive may lie in a folder called `root`, which a file of that name is not; `BadFilename`
 * for a path that lies in another one, leaves the folder, or is odd or too long.
 */
export function placeOf(
  path: string,
  { root, isFolder }: { readonly root: string | undefined; readonly isFolder: boolean },
): Place {
  const file = path.slice(0, 200)
  const refuse = (why: string) =>
    new Defect('BadFilename', `The archive holds the name ${JSON.stringify(file)}, ${why}.`, { file })
  if (/^([/\\]|[A-Za-z]:)/.test(path)) throw refuse('which is absolute')
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw refuse('which leaves the folder')
  if (/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffd\\]/u.test(path))
    throw refuse('which is not plain text')
  if (Buffer.byteLength(path) > maxPathBytes) throw refuse('which is too long')
  const isRooted = root !== undefined && parts[0] === root && (isFolder || parts.length > 1)
  const [name, ...deeper] = isRooted ? parts.slice(1) : parts
  if (deeper.length > 0) throw refuse('which lies in a folder')
  return { name, isRooted }
}
