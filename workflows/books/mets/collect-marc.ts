import { attributeOf, type Collector, isElement } from './element.ts'
import { addField, type MarcRecord } from './marc-record.ts'

const maxTextLength = 100_000
const maxFields = 10_000
const maxRecordLength = 2_000_000

interface MarcCollector extends Collector {
  readonly text: (text: string) => void
  readonly record: () => MarcRecord | undefined
}

/** Takes the first MARC record out of a METS; throws an `Error` when it is too long. */
export function collectMarc(): MarcCollector {
  let marc: MarcRecord | undefined
  let open: { tag: string; code: string; text: string } | undefined
  let inRecord = false
  let recordLength = 0
  let fields = 0
  return {
    record: () => marc,
    open(tag) {
      if (isElement(tag, 'marc', 'record') && !marc) {
        marc = { control: new Map(), data: [] }
        inRecord = true
      }
      if (!marc || !inRecord) return
      const value = (name: string) => attributeOf(tag, name) ?? ''
      if (++fields > maxFields) throw new Error(`the MARC record has more than ${maxFields} fields`)
      if (isElement(tag, 'marc', 'datafield')) marc.data.push({ tag: value('tag'), subfields: [] })
      if (isElement(tag, 'marc', 'controlfield')) open = { tag: value('tag'), code: '', text: '' }
      if (isElement(tag, 'marc', 'subfield')) open = { tag: '', code: value('code'), text: '' }
    },
    text(text) {
      if (!open) return
      open.text += text
      recordLength += text.length
      if (open.text.length > maxTextLength) throw new Error('a MARC field is longer than 100,000 characters')
      if (recordLength > maxRecordLength)
        throw new Error('the MARC record is longer than 2,000,000 characters')
    },
    close(tag) {
      if (isElement(tag, 'marc', 'record')) inRecord = false
      if (!marc || !open) return
      if (!isElement(tag, 'marc', 'controlfield') && !isElement(tag, 'marc', 'subfield')) return
      addField(marc, open)
      open = undefined
    },
  }
}
