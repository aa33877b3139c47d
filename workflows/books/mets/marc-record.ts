/** A MARC record as it stands in the XML: control fields by tag (the first of a tag counts), data fields in order. */
export interface MarcRecord {
  readonly control: Map<string, string>
  readonly data: MarcField[]
}

interface MarcField {
  readonly tag: string
  readonly subfields: { readonly code: string; readonly text: string }[]
}

/** Puts a control field, or a subfield of the newest data field, into a record. */
export function addField(record: MarcRecord, field: { tag: string; code: string; text: string }): void {
  if (field.code !== '') record.data.at(-1)?.subfields.push({ code: field.code, text: field.text })
  else if (!record.control.has(field.tag)) record.control.set(field.tag, field.text)
}

/** The values of one subfield in all fields of some tags, trimmed, without empty ones. */
export function subfields(record: MarcRecord, tags: readonly string[], code: string): string[] {
  return record.data
    .filter((field) => tags.includes(field.tag))
    .flatMap((field) => field.subfields.filter((subfield) => subfield.code === code))
    .map((subfield) => subfield.text.trim())
    .filter((text) => text !== '')
}
