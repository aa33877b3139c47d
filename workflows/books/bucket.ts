import { isAbsolute, join, relative, sep } from 'node:path'
import { Defect } from './defect.ts'

/**
 * The absolute path of something in a bucket. Tokens carry paths relative to their buckets, so that a bucket can
 * be moved; a path that is absolute, climbs with `..` or holds a NUL is refused with `BadFilename`.
 */
export function inBucket(bucket: string, path: string): string {
  const parts = path.split(/[/\\]/)
  if (path === '' || isAbsolute(path) || path.includes('\0') || parts.includes('..')) {
    throw new Defect('BadFilename', `The path ${JSON.stringify(path)} does not lie in its bucket.`, {
      file: path,
    })
  }
  return join(bucket, path)
}

/** The path of a file relative to its bucket, with `/` on every system: what a token carries. */
export function fromBucket(bucket: string, absolute: string): string {
  const path = relative(bucket, absolute).split(sep).join('/')
  inBucket(bucket, path)
  return path
}
