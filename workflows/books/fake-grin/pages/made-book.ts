import type { Member } from '../../sample/make-archive.ts'
import { contentOf } from '../archive/content.ts'
import { LazyMember } from '../archive/lazy-member.ts'
import { digestOf, fractionOf } from '../random.ts'
import { jp2Image } from './jp2-image.ts'
import { madeMets } from './made-mets.ts'
import { hocrBytes, pageHocr, pageText, textBytes } from './page-text.ts'
import { tiffImage } from './tiff-image.ts'
import { titleOf } from './words.ts'

/** What a made book is made from; the same gives the same bytes. */
export interface MadeBook {
  readonly seed: string
  readonly directory: string
  readonly barcode: string
  /** From 0: how often the book was scanned anew. */
  readonly edition: number
  readonly pages: number
  /** About how many bytes its archive has; at least about 6 KiB a page. */
  readonly bytes: number
}

/** Headers and padding of three files, and the lines of a page in the METS and in the checksums. */
const overheadBytes = 3 * 512 + 3 * 256 + 1000

/** The files of a made book but `checksum.md5`; odd pages are TIFF, even ones JPEG 2000. */
export function madeMembers(book: MadeBook): Member[] {
  const { seed, directory, barcode, edition, pages, bytes } = book
  const imageBytes = Math.floor(bytes / pages) - textBytes - hocrBytes - overheadBytes
  const images: string[] = []
  const members = Array.from({ length: pages }, (_, index) => {
    const page = index + 1
    const stem = String(page).padStart(8, '0')
    const key = digestOf(seed, barcode, edition, page)
    const isTiff = page % 2 === 1
    images.push(`${stem}.${isTiff ? 'tif' : 'jp2'}`)
    return [
      new LazyMember(images[index]!, (isTiff ? tiffImage : jp2Image)(key, imageBytes)),
      new LazyMember(`${stem}.html`, { bytes: hocrBytes, chunks: () => [pageHocr(key, page)] }),
      new LazyMember(`${stem}.txt`, { bytes: textBytes, chunks: () => [pageText(key)] }),
    ]
  }).flat()
  const year = 1700 + Math.floor(fractionOf(seed, barcode, 'year') * 230)
  const mets = madeMets({ directory, barcode, title: titleOf(seed, barcode), year, images })
  return [...members, new LazyMember(`${directory}_${barcode}.xml`, contentOf(Buffer.from(mets)))]
}
