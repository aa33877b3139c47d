/** What is wrong with an invoice: to try again would not help, a person has to correct it. */
export class InvoiceError extends Error {
  override readonly name = 'InvoiceError'
  readonly retry = false
}
