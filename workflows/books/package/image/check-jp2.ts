/*
 * Whether a JP2 can be whole, by its structure alone: ISO/IEC 15444-1 (ITU-T T.800), annex I for the boxes and annex A
 * for the markers of the codestream. A box is its length, its type, and what is in it; 1 for a length says that the
 * length follows in 8 bytes, 0 that the box is the last. Nothing is decoded.
 */
import { type ImageBytes, ImageFault } from './image-bytes.ts'
import { makeNumberReader } from './read-number.ts'

const number = makeNumberReader(true)
const maxBoxes = 1000
/** The brands of files that readers of JP2 can read. */
const brands = ['jp2 ', 'jpx ']
const startOfCodestream = 0xff4f
const sizeOfImage = 0xff51
const endOfCodestream = 0xffd9

interface Box {
  readonly type: string
  /** Where its content begins and ends. */
  readonly from: number
  readonly to: number
}

/** Throws an `ImageFault` when the JP2, which begins with the signature of one, cannot be whole. */
export function checkJp2(file: ImageBytes): void {
  const boxes = readBoxes(file, 12, file.size)
  const [first] = boxes
  if (first?.type !== 'ftyp' || !hasBrand(file, first))
    throw new ImageFault('it does not say that it is a JP2')
  const header = boxes.findIndex(({ type }) => type === 'jp2h')
  const codestream = boxes.findIndex(({ type }) => type === 'jp2c')
  if (header < 0) throw new ImageFault('it has no header box')
  if (codestream < 0) throw new ImageFault('it has no codestream')
  if (codestream < header) throw new ImageFault('its header box follows its codestream')
  checkHeader(file, boxes[header]!)
  checkCodestream(file, boxes[codestream]!)
}

/** The boxes between two places, one after the other. */
function readBoxes(file: ImageBytes, from: number, to: number): Box[] {
  const boxes: Box[] = []
  for (let at = from; at < to; at = boxes.at(-1)!.to) {
    if (boxes.length >= maxBoxes) throw new ImageFault(`it has more than ${maxBoxes} boxes`)
    boxes.push(readBox(file, at, to))
  }
  return boxes
}

function readBox(file: ImageBytes, at: number, end: number): Box {
  const start = file.read(at, 8)
  const type = start.toString('latin1', 4)
  const lengthField = number(start, 0, 4)
  const headerBytes = lengthField === 1 ? 16 : 8
  const length =
    lengthField === 1 ? number(file.read(at + 8, 8), 0, 8) : lengthField === 0 ? end - at : lengthField
  if (length < headerBytes) throw new ImageFault('the length of a box makes no sense')
  if (at + length > end) throw new ImageFault(`its box ${JSON.stringify(type)} lies beyond its end`)
  return { type, from: at + headerBytes, to: at + length }
}

function hasBrand(file: ImageBytes, { from, to }: Box): boolean {
  const text = file.read(from, Math.min(to - from, 1024)).toString('latin1')
  // The brand, a version, and what it is compatible with.
  const found = text.match(/.{4}/gs) ?? []
  return found.some((brand, index) => index !== 1 && brands.includes(brand))
}

function checkHeader(file: ImageBytes, { from, to }: Box): void {
  const [image] = readBoxes(file, from, to)
  if (image?.type !== 'ihdr' || image.to - image.from < 14)
    throw new ImageFault('its header box has no size of the image')
  const size = file.read(image.from, 8)
  if (number(size, 0, 4) === 0 || number(size, 4, 4) === 0)
    throw new ImageFault('it has no width or no height')
}

function checkCodestream(file: ImageBytes, { from, to }: Box): void {
  if (to - from < 8) throw new ImageFault('its codestream is empty')
  const start = file.read(from, 4)
  if (number(start, 0, 2) !== startOfCodestream || number(start, 2, 2) !== sizeOfImage)
    throw new ImageFault('its codestream does not begin as one')
  if (number(file.read(to - 2, 2), 0, 2) !== endOfCodestream)
    throw new ImageFault('its codestream has no end')
}
