/** What a METS says of a made book. */
export interface MetsFacts {
  readonly directory: string
  readonly barcode: string
  readonly title: string
  readonly year: number
  /** Names of the images, in order. */
  readonly images: readonly string[]
}

const kinds = [
  { use: 'image', id: 'IMG', suffix: undefined },
  { use: 'OCR', id: 'OCR', suffix: '.txt' },
  { use: 'coordOCR', id: 'HTML', suffix: '.html' },
] as const

/** The METS of a made book, as Google writes it: a MARC record, a page for each image, and a list of all files. */
export function madeMets({ directory, barcode, title, year, images }: MetsFacts): string {
  const stems = images.map((image) => image.slice(0, image.indexOf('.')))
  const pages = stems.map(
    (stem, index) => `<gbs:ocr_page FILEID="HTML${stem}" gbs:pageOrder="${index + 1}"/>`,
  )
  const groups = kinds.map(({ use, id, suffix }) => {
    const files = stems.map((stem, index) => {
      const name = suffix === undefined ? images[index]! : `${stem}${suffix}`
      return `<mets:file ID="${id}${stem}" SEQ="${stem}"><mets:FLocat LOCTYPE="OTHER" OTHERLOCTYPE="SYSTEM" xlink:href="${name}"/></mets:file>`
    })
    return `<mets:fileGrp USE="${use}">${files.join('\n')}</mets:fileGrp>`
  })
  const divs = stems.map((stem, index) => {
    const pointers = kinds.map(({ id }) => `<mets:fptr FILEID="${id}${stem}"/>`)
    return `<mets:div TYPE="page" ORDER="${index + 1}">${pointers.join('')}</mets:div>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<mets:mets xmlns:mets="http://www.loc.gov/METS/" xmlns:slim="http://www.loc.gov/MARC21/slim" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:gbs="http://books.google.com/gbs" OBJID="${directory}:${barcode}">
<mets:dmdSec ID="DMDMARC"><mets:mdWrap MIMETYPE="text/xml" MDTYPE="MARC"><mets:xmlData><slim:record><slim:leader>00925nam a2200277 a 4500</slim:leader>
<slim:controlfield tag="001">${barcode}</slim:controlfield>
<slim:controlfield tag="008">080101s${year}    dcu           000 0 eng d</slim:controlfield>
<slim:datafield tag="035" ind1=" " ind2=" "><slim:subfield code="a">(OCoLC)${barcode}</slim:subfield></slim:datafield>
<slim:datafield tag="245" ind1="0" ind2="0"><slim:subfield code="a">${title}</slim:subfield></slim:datafield>
</slim:record></mets:xmlData></mets:mdWrap></mets:dmdSec>
<mets:amdSec ID="AMD"><mets:techMD ID="TM1"><mets:mdWrap MDTYPE="OTHER"><mets:xmlData>${pages.join('\n')}</mets:xmlData></mets:mdWrap></mets:techMD></mets:amdSec>
<mets:fileSec>${groups.join('\n')}</mets:fileSec>
<mets:structMap><mets:div TYPE="volume">${divs.join('\n')}</mets:div></mets:structMap>
</mets:mets>
`
}
