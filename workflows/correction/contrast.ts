import type { GrayImage } from './gray-image.ts'
import { ImageError } from './image-error.ts'

/** The values, 0 to 255, that are to become black and white. */
export interface Levels {
  readonly black: number
  readonly white: number
}

const ignored = 0.005
const leastContrast = 32

/**
 * The levels between which all but the darkest and the brightest 0.5 % of the pixels lie. Throws an `ImageError` if
 * they are too close together: what would be stretched is noise.
 */
export function findLevels({ pixels }: GrayImage): Levels {
  const histogram = new Uint32Array(256)
  for (const value of pixels) histogram[value]! += 1
  const black = valueAt(histogram, pixels.length * ignored)
  const white = valueAt(histogram, pixels.length * (1 - ignored))
  if (white - black >= leastContrast) return { black, white }
  throw new ImageError(
    `The image has no contrast: its values lie between ${black} and ${white}, and ${leastContrast} apart are needed.`,
  )
}

/** `image` with its levels stretched to black and white. */
export function stretch(image: GrayImage, { black, white }: Levels): GrayImage {
  const stretched = Uint8ClampedArray.from(
    { length: 256 },
    (_, value) => ((value - black) * 255) / (white - black),
  )
  return { ...image, pixels: image.pixels.map((value) => stretched[value]!) }
}

/** The value below which `count` pixels lie. */
function valueAt(histogram: Uint32Array, count: number): number {
  let below = 0
  for (const [value, pixels] of histogram.entries()) {
    below += pixels
    if (below > count) return value
  }
  return 255
}
