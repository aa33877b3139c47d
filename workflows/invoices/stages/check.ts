import { each, type WorkContext, worker, wrapped } from 'pipewright'
import * as z from 'zod'
import { Cents, sayCents } from '../cents.ts'
import type { InvoiceContext } from '../context.ts'
import { Invoice, Line } from '../invoice.ts'
import { InvoiceError } from '../invoice-error.ts'
import { Checked, Faulty, Parsed } from '../states.ts'
import type { Tuning } from './tuning.ts'

const CheckedLine = z.object({ totalCents: Cents, fault: z.string().optional() })
type CheckedLine = z.infer<typeof CheckedLine>

const mostFaults = 5

/** Compares each line with the price list, and the sum of all with the invoice's total; what is wrong is corrected by a person. */
export function makeCheck({ work }: Tuning) {
  const checkLine = worker({
    ...work,
    input: Line,
    output: CheckedLine,
    concurrency: 8,
    process: (line, { prices }: WorkContext<Pick<InvoiceContext, 'prices'>>) =>
      checkedLine(line, prices(line.article)),
  })
  const checkLines = each(checkLine, {
    ...work,
    input: Invoice,
    output: z.null(),
    split: ({ lines }) => lines,
    // What is wrong with a line is a result. A child that fails has met something else, such as a mistake in the code.
    failFast: true,
    join: async ({ totalCents }, results) => {
      const faults: string[] = []
      let sumCents = 0
      for await (const { index, value } of results) {
        sumCents += value.totalCents
        if (value.fault !== undefined) faults.push(`Line ${index + 1}: ${value.fault}.`)
      }
      if (sumCents !== totalCents)
        faults.push(`The lines make ${sayCents(sumCents)}, and the total is ${sayCents(totalCents)}.`)
      if (faults.length > 0) throw new InvoiceError(faults.slice(0, mostFaults).join(' '))
      return null
    },
  })
  return wrapped(checkLines, {
    input: Parsed,
    output: Checked,
    pre: ({ invoice }) => invoice,
    post: (parsed) => Checked(parsed),
    failed: { to: Faulty, as: (parsed, { message }) => Faulty({ ...parsed, why: message }) },
  })
}

function checkedLine({ article, quantity, priceCents }: Line, mostCents: number | undefined): CheckedLine {
  const totalCents = quantity * priceCents
  if (mostCents === undefined) return { totalCents, fault: `"${article}" is not on the price list` }
  if (priceCents <= mostCents) return { totalCents }
  return {
    totalCents,
    fault: `"${article}" costs ${sayCents(priceCents)}, and ${sayCents(mostCents)} by the price list`,
  }
}
