import { isAbsolute, join } from 'node:path'
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
