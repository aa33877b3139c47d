import { parseDocument } from 'yaml'
import * as z from 'zod'
import { Amount } from './cents.ts'
import type { Invoice } from './invoice.ts'
import { InvoiceError } from './invoice-error.ts'

const Written = z.strictObject({
  number: z.string(),
  supplier: z.string(),
  lines: z.array(
    z.strictObject({
      article: z.string(),
      quantity: z.string().regex(/^\d{1,6}$/, 'expected a whole number'),
      price: Amount,
    }),
  ),
  total: Amount,
})

/** Reads the invoice called `number` from its YAML. Throws an `InvoiceError` that says what is wrong with it. */
export function readInvoice(number: string, text: string): Invoice {
  const { number: written, supplier, lines, total } = readWritten(text)
  if (written !== number)
    throw new InvoiceError(`It came as invoice ${number}, and says that it is ${written}.`)
  return {
    supplier,
    lines: lines.map(({ article, quantity, price }) => ({
      article,
      quantity: Number(quantity),
      priceCents: price,
    })),
    totalCents: total,
  }
}

function readWritten(text: string): z.output<typeof Written> {
  // Texts only: as a number 0012 would lose its zeros, and 4.10 its cents.
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: true, prettyErrors: true })
  const [fault] = [...document.errors, ...document.warnings]
  if (fault) throw new InvoiceError(`It is not valid YAML: ${fault.message.split('\n')[0]}`)
  const { success, data, error } = Written.safeParse(plainOf(document))
  if (success) return data
  const faults = error.issues.map(({ path, message }) => `${path.join('.') || 'the invoice'}: ${message}`)
  throw new InvoiceError(`It is no invoice: ${faults.slice(0, 5).join('; ')}.`)
}

function plainOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch (cause) {
    throw new InvoiceError('It has YAML aliases, which an invoice does not need.', { cause })
  }
}
