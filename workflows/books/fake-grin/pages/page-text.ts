import { linesOf } from './words.ts'

/** Bytes of each text: as long as it is, with blanks at the end, so that the length of a book is known before it is made. */
export const textBytes = 1024
/** Bytes of each hOCR, with blanks at the end. */
export const hocrBytes = 2048

/** The text of a page as OCR would give it; the same for the same key. */
export function pageText(key: Buffer): Buffer {
  return filled(`${linesOf(key).join('\n')}\n`, textBytes)
}

/** The same text as hOCR. */
export function pageHocr(key: Buffer, page: number): Buffer {
  const lines = linesOf(key).map((line, index) => {
    const top = 40 + index * 30
    return `<span class="ocr_line" title="bbox 40 ${top} 980 ${top + 24}">${line}</span>`
  })
  return filled(
    `<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Page ${page}</title></head><body>
<div class="ocr_page" id="page_${page}" title="bbox 0 0 1024 1024">
${lines.join('\n')}
</div></body></html>
`,
    hocrBytes,
  )
}

function filled(text: string, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes, ' ')
  if (buffer.write(text) < text.length)
    throw new RangeError(`The text of a page is longer than ${bytes} bytes.`)
  buffer[bytes - 1] = 0x0a
  return buffer
}
