import { expect, it } from 'vitest'
import { readInvoice } from '../../../workflows/invoices/read-invoice.ts'

const text = `number: 2026-0001
supplier: Paper & Sons
lines:
  - { article: 0012, quantity: 010, price: 4.10 }
total: 41
`

it('keeps every digit: zeros of an article, cents of a price', () => {
  expect(readInvoice('2026-0001', text)).toEqual({
    supplier: 'Paper & Sons',
    lines: [{ article: '0012', quantity: 10, priceCents: 410 }],
    totalCents: 4100,
  })
})

it.each([
  ['a price with a comma', text.replace('4.10', '"4,10"'), 'lines.0.price: expected an amount such as 45.50'],
  ['a negative total', text.replace('total: 41', 'total: -41'), 'total: expected an amount such as 45.50'],
  ['a part of an article', text.replace('010', '1.5'), 'lines.0.quantity: expected a whole number'],
  ['a key that it does not know', `${text}discount: 5\n`, 'Unrecognized key: "discount"'],
  ['a key twice', `${text}total: 1\n`, 'It is not valid YAML: Map keys must be unique'],
  ['an alias', text.replace('Paper & Sons', '&a x').replace('41', '*a'), 'It has YAML aliases'],
  ['no invoice at all', 'hello', 'the invoice: Invalid input: expected object'],
  ['nothing', '', 'the invoice: Invalid input: expected object'],
  [
    'another number',
    text.replace('0001', '0002'),
    'It came as invoice 2026-0001, and says that it is 2026-0002.',
  ],
])('refuses %s, for good, and says where', (_, text, why) => {
  const read = () => readInvoice('2026-0001', text)
  expect(read).toThrow(why)
  expect(read).toThrow(expect.objectContaining({ retry: false }))
})
