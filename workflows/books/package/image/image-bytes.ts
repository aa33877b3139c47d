import { closeSync, fstatSync, readSync } from 'node:fs'
import { openPlainNow } from '../../plain-file.ts'

/** The bytes of an image, of which only those asked for are read. */
export interface ImageBytes {
  readonly size: number
  /** Exactly so many bytes; throws an `ImageFault` when they do not lie in the file. */
  readonly read: (at: number, length: number) => Buffer
}

/** Why an image cannot be whole; its message goes on a sentence, "it ...". */
export class ImageFault extends Error {
  override readonly name = 'ImageFault'
}

/** Lets `look` look into the file at `path`. */
export function withImage<T>(path: string, look: (image: ImageBytes) => T): T {
  const file = openPlainNow(path)
  try {
    const { size } = fstatSync(file)
    return look({
      size,
      read(at, length) {
        if (at + length > size) throw new ImageFault('it ends too soon')
        const bytes = Buffer.alloc(length)
        if (readSync(file, bytes, 0, length, at) !== length) throw new ImageFault('it ends too soon')
        return bytes
      },
    })
  } finally {
    closeSync(file)
  }
}

/** An image that is in memory. */
export function imageIn(bytes: Buffer): ImageBytes {
  const size = bytes.length
  return {
    size,
    read(at, length) {
      if (at + length > size) throw new ImageFault('it ends too soon')
      return bytes.subarray(at, at + length)
    },
  }
}
