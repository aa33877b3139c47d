import { ImageError } from './image-error.ts'

/** A gray image: one byte a pixel, from 0 (black) to 255 (white), row by row. */
export interface GrayImage {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array
}

const maxPixels = 100_000_000

/** Reads a binary PGM (https://netpbm.sourceforge.net/doc/pgm.html) of 8 bits. Throws an `ImageError` for anything else. */
export function decodePgm(bytes: Uint8Array): GrayImage {
  const header = readHeader(bytes)
  if (!header)
    throw new ImageError('This is not a binary PGM image: it has to begin with P5 and three numbers.')
  const { width, height, brightest, start } = header
  if (brightest < 1 || brightest > 255) {
    throw new ImageError(`The image has ${brightest} as its brightest value; 1 to 255 can be read.`)
  }
  if (width < 1 || height < 1 || width * height > maxPixels) {
    throw new ImageError(`The image is ${width} x ${height} pixels; 1 to ${maxPixels} in all can be read.`)
  }
  const raster = bytes.subarray(start, start + width * height)
  if (raster.length < width * height) {
    throw new ImageError(`The image is cut short: ${raster.length} of ${width * height} pixels are there.`)
  }
  const pixels = raster.map((value) => Math.min(255, Math.round((value * 255) / brightest)))
  return { width, height, pixels }
}

/** `image` as a binary PGM. */
export function encodePgm({ width, height, pixels }: GrayImage): Uint8Array {
  return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`, 'latin1'), pixels])
}

// "P5", then width, height and the brightest value, with white space and comments between; then one more byte.
const headerPattern = /^P5(?:\s|#[^\n]*\n)+(\d{1,9})(?:\s|#[^\n]*\n)+(\d{1,9})(?:\s|#[^\n]*\n)+(\d{1,5})\s/

function readHeader(bytes: Uint8Array) {
  const text = Buffer.from(bytes.subarray(0, 1000)).toString('latin1')
  const found = headerPattern.exec(text)
  if (!found) return undefined
  const [all, width, height, brightest] = found
  return { width: Number(width), height: Number(height), brightest: Number(brightest), start: all.length }
}
