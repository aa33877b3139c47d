import type { GrayImage } from './gray-image.ts'
import { turn } from './skew.ts'

/** How a sample page looks: its size in pixels, how skew it is (`degrees`, climbing to the right), its two grays. */
export interface SamplePage {
  readonly width: number
  readonly height: number
  readonly degrees: number
  readonly ink: number
  readonly paper: number
}

const lineHeight = 24

/** Draws a page of lines of words, to try the correction out with. */
export function drawPage({ width, height, degrees, ink, paper }: SamplePage): GrayImage {
  const pixels = new Uint8Array(width * height).fill(255)
  const margin = Math.round(Math.min(width, height) / 8)
  for (let top = margin; top + lineHeight < height - margin; top += lineHeight) {
    for (let y = top; y < top + lineHeight / 2; y++) {
      for (let x = margin; x < width - margin; x++) if (isInk(x, y, top)) pixels[y * width + x] = 0
    }
  }
  const page = turn({ width, height, pixels }, -degrees)
  return { ...page, pixels: page.pixels.map((value) => (value === 0 ? ink : paper)) }
}

/** Strokes with gaps between them, and wider gaps between words, another pattern in each line. */
function isInk(x: number, y: number, top: number): boolean {
  const word = Math.floor((x + top * 7) / 37)
  return (x + top * 7) % 37 < 29 && (x * 5 + y + word * 11) % 7 < 4
}
