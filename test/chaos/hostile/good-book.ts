import { hocr, tiff } from '../../workflows/books/page-files.ts'
import type { RawMember } from './tar-bytes.ts'
import { sumOf, tar } from './tar-bytes.ts'

const marc = (title: string) =>
  `<mets:dmdSec ID="D"><mets:mdWrap MDTYPE="MARC"><mets:xmlData><slim:record><slim:controlfield tag="001">1</slim:controlfield><slim:datafield tag="245" ind1=" " ind2=" "><slim:subfield code="a">${title}</slim:subfield></slim:datafield></slim:record></mets:xmlData></mets:mdWrap></mets:dmdSec>`

/** A METS with a MARC record and one page, with more in front of its root, in it, and at its end. */
export function mets({ prolog = '', root = '', more = '', title = 'A book' } = {}): string {
  const names =
    'xmlns:mets="http://www.loc.gov/METS/" xmlns:slim="http://www.loc.gov/MARC21/slim" xmlns:gbs="http://books.google.com/gbs"'
  return `<?xml version="1.0" encoding="UTF-8"?>${prolog}<mets:mets ${names}${root}>${marc(title)}<gbs:ocr_page/>${more}</mets:mets>`
}

/** A book of one page, its `checksum.md5` apart. */
export function pages(barcode: string, xml: string | Buffer = mets()): { name: string; body: Buffer }[] {
  return [
    { name: '00000001.tif', body: tiff({ parts: [Buffer.from(`The image of ${barcode}`)] }) },
    { name: '00000001.html', body: hocr('A page') },
    { name: '00000001.txt', body: Buffer.from('A page\n') },
    { name: `LIB_${barcode}.xml`, body: Buffer.from(xml) },
  ]
}

/** `members` and the `checksum.md5` that is right for them, as a tar. */
export function book(members: readonly RawMember[]): Buffer {
  return tar(...members, checksums(members))
}

/** The `checksum.md5` that is right for `members`. */
export function checksums(members: readonly RawMember[]): RawMember {
  const lines = members.map(({ name, body = Buffer.alloc(0) }) => sumOf(String(name), body))
  return { name: 'checksum.md5', body: Buffer.from(lines.join('')) }
}
