import type { GrayImage } from './gray-image.ts'

const mostDegrees = 5
const stepDegrees = 0.25
const enoughPixels = 50_000

/**
 * By how many degrees, from -5 to 5 in quarters, the lines of text on a page climb to the right. Of all angles, the
 * right one leaves the gaps between lines emptiest: the number of dark pixels changes most from row to row.
 */
export function findSkew(page: GrayImage): number {
  const dark = darkPixels(page)
  let best = { degrees: 0, contrast: contrastOfRows(dark, page, 0) }
  for (let degrees = -mostDegrees; degrees <= mostDegrees; degrees += stepDegrees) {
    const contrast = contrastOfRows(dark, page, degrees)
    if (contrast > best.contrast) best = { degrees, contrast }
  }
  return best.degrees
}

/** `page` turned clockwise by `degrees` about its middle; what comes in from outside is white. */
export function turn(page: GrayImage, degrees: number): GrayImage {
  if (degrees === 0) return page
  const { width, height, pixels } = page
  const sin = Math.sin((degrees * Math.PI) / 180)
  const cos = Math.cos((degrees * Math.PI) / 180)
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2]
  const turned = new Uint8Array(pixels.length).fill(255)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const fromX = Math.round(middleX + (x - middleX) * cos + (y - middleY) * sin)
      const fromY = Math.round(middleY - (x - middleX) * sin + (y - middleY) * cos)
      if (fromX < 0 || fromX >= width || fromY < 0 || fromY >= height) continue
      turned[y * width + x] = pixels[fromY * width + fromX]!
    }
  }
  return { width, height, pixels: turned }
}

/** The places of the dark pixels, thinned out evenly where there are very many. */
function darkPixels({ pixels }: GrayImage): Uint32Array {
  const dark: number[] = []
  for (let at = 0; at < pixels.length; at++) if (pixels[at]! < 128) dark.push(at)
  const every = Math.ceil(dark.length / enoughPixels)
  return Uint32Array.from(every > 1 ? dark.filter((_, index) => index % every === 0) : dark)
}

function contrastOfRows(dark: Uint32Array, { width, height }: GrayImage, degrees: number): number {
  const slope = Math.tan((degrees * Math.PI) / 180)
  const margin = Math.ceil(width * Math.abs(slope))
  const rows = new Uint32Array(height + 2 * margin + 1)
  for (const at of dark) {
    const x = at % width
    rows[Math.round((at - x) / width + x * slope) + margin]! += 1
  }
  let contrast = 0
  for (let row = 1; row < rows.length; row++) contrast += (rows[row]! - rows[row - 1]!) ** 2
  return contrast
}
