import { Defect } from '../defect.ts'
import { scanTags } from './scan-tags.ts'

/** The class of a page: "hOCR 1.2", 3.5. */
const page = 'ocr_page'

/** `BadFile` when the hOCR of a page is none: it is empty, has no page in it, or is cut short. */
export function checkHocr(file: string, hocr: string): void {
  const refuse = (why: string) => new Defect('BadFile', `${file} ${why}.`, { file })
  if (hocr.trim() === '') throw refuse('is empty')
  let hasPage = false
  let isOpen = false
  for (const tag of scanTags(hocr)) {
    if (!tag) throw refuse('is cut short: it ends within a tag')
    hasPage ||= tag.classes.includes(page)
    if (tag.name === 'html') isOpen = !tag.isEnd
  }
  if (!hasPage) throw refuse(`is no hOCR: nothing in it is of the class ${page}`)
  if (isOpen) throw refuse('is cut short: its html has no end')
}
