import { z } from 'zod'
import { Defect } from '../defect.ts'
import { type MarcRecord, subfields } from './marc-record.ts'
import type { Mets } from './read-mets.ts'

const text = z.string().nullable()
const texts = z.array(z.string())

/** What `{barcode}_metadata.json` holds: the fields of MARC that readers of such collections use; absent is null or []. */
export const Metadata = z.object({
  barcode: z.string(),
  pages: z.number().int(),
  control_number: text,
  type: text,
  date1: text,
  date2: text,
  language: text,
  lccn: texts,
  isbn: texts,
  oclc: texts,
  system_numbers: texts,
  call_numbers: texts,
  authors: texts,
  title: text,
  subtitle: text,
  notes: texts,
  subjects: texts,
  genres: texts,
})
export type Metadata = z.infer<typeof Metadata>

/** The metadata of a book of so many pages from its METS; `MissingField` when that holds no MARC record, or an empty one. */
export function metadataOf(barcode: string, mets: Mets, pages = mets.pages): Metadata {
  const { marc } = mets
  if (!marc) throw new Defect('MissingField', 'The METS holds no MARC record.', { field: 'MARC' })
  if (marc.control.size === 0 && marc.data.length === 0)
    throw new Defect('MissingField', 'The MARC record in the METS is empty.', { field: 'MARC' })
  const all = (tag: string, code = 'a') => subfields(marc, [tag], code)
  const systemNumbers = all('035')
  return Metadata.parse({
    barcode,
    pages,
    control_number: marc.control.get('001')?.trim() || null,
    ...fixedFields(marc),
    lccn: all('010'),
    isbn: all('020'),
    oclc: systemNumbers
      .filter((number) => /^\(OCoLC\)/i.test(number))
      .map((number) => number.slice(7).trim()),
    system_numbers: systemNumbers,
    call_numbers: callNumbers(marc),
    authors: subfields(marc, ['100', '110', '111'], 'a'),
    title: all('245')[0] ?? null,
    subtitle: all('245', 'b')[0] ?? null,
    notes: all('500'),
    subjects: all('650'),
    genres: all('655'),
  })
}

/** Field 008 has its values at fixed places; blanks, fill characters and the year 9999 say that there is none. */
function fixedFields(marc: MarcRecord): Pick<Metadata, 'type' | 'date1' | 'date2' | 'language'> {
  const field = marc.control.get('008') ?? ''
  const at = (from: number, to: number) => {
    const value = field.slice(from, to).trim()
    return value === '' || value === '9999' || /^\|+$/.test(value) ? null : value
  }
  return { type: at(6, 7), date1: at(7, 11), date2: at(11, 15), language: at(35, 38) }
}

function callNumbers(marc: MarcRecord): string[] {
  return marc.data
    .filter((field) => field.tag === '050')
    .map((field) =>
      field.subfields
        .filter(({ code }) => code === 'a' || code === 'b')
        .map((subfield) => subfield.text.trim())
        .join(' ')
        .trim(),
    )
    .filter((number) => number !== '')
}
