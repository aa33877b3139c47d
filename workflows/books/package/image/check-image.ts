import { basename, extname } from 'node:path'
import { Defect } from '../../defect.ts'
import { checkJp2 } from './check-jp2.ts'
import { checkTiff } from './check-tiff.ts'
import { type ImageBytes, ImageFault, withImage } from './image-bytes.ts'

/** How files begin that may pass for an image, in hexadecimal. */
const beginnings: readonly (readonly [string, RegExp])[] = [
  ['TIFF', /^(?:49492[ab]00|4d4d002[ab])/],
  ['JP2', /^0000000c6a5020200d0a870a/],
  ['JPEG 2000 codestream', /^ff4fff51/],
  ['JPEG', /^ffd8ff/],
  ['PNG', /^89504e470d0a1a0a/],
  ['PDF', /^25504446/],
  ['HTML or XML', /^(?:efbbbf)?(?:20|09|0a|0d)*3c[2-7]/],
]
const checks: Readonly<Record<string, (image: ImageBytes) => void>> = { TIFF: checkTiff, JP2: checkJp2 }

/** `BadFile` when the image of a page cannot be whole, or is none: it is empty, another thing than its name says, or cut short. */
export function checkImage(path: string): void {
  withImage(path, (image) => checkImageBytes(basename(path), image))
}

/** The same of the bytes of a `file`. */
export function checkImageBytes(file: string, image: ImageBytes): void {
  const expected = extname(file).toLowerCase() === '.jp2' ? 'JP2' : 'TIFF'
  try {
    if (image.size === 0) throw new Defect('BadFile', `${file} is empty.`, { file })
    const actual = kindOf(image.read(0, Math.min(image.size, 16)))
    if (actual === expected) return checks[expected]!(image)
    const found = actual === undefined ? '' : `; it looks like ${actual}`
    const details = { file, expected, ...(actual && { actual }) }
    throw new Defect('BadFile', `${file} is no ${expected} image${found}.`, details)
  } catch (error) {
    if (!(error instanceof ImageFault)) throw error
    throw new Defect('BadFile', `${file} is no whole ${expected} image: ${error.message}.`, { file })
  }
}

function kindOf(start: Buffer): string | undefined {
  const hex = start.toString('hex')
  return beginnings.find(([, beginning]) => beginning.test(hex))?.[0]
}
