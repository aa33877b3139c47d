/** The lists that GRIN has, and what their rows say after the barcode, in the order of the columns. */
export const listColumns = {
  all_books: ['scanned', 'processed', 'analyzed', 'converted', 'ocrd', 'link'],
  available: ['scanned', 'processed', 'analyzed', 'ocrd', 'link'],
  in_process: ['scanned', 'processed', 'analyzed', 'ocrd', 'link'],
  converted: ['scanned', 'converted', 'downloaded', 'link'],
  failed: [
    'scanned',
    'processed',
    'analyzed',
    'convert_failed_date',
    'convert_failed_info',
    'ocrd',
    'detailed_conversion_info',
    'link',
  ],
} as const

/** The name of a list, as in `_all_books`. */
export type ListName = keyof typeof listColumns

/** What a row of that list says, each as GRIN writes it; an empty text where it says nothing. */
export type ListFields<Name extends ListName> = {
  readonly [Column in (typeof listColumns)[Name][number]]: string
}

/** A row of a list. */
export interface ListRow<Name extends ListName> {
  readonly barcode: string
  readonly fields: ListFields<Name>
}
