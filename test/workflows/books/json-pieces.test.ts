import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonPieces } from '../../../workflows/books/ocr/json-pieces.ts'

test('a text of control characters is written in pieces, none larger than 384 KiB', () => {
  const pieces = [...jsonPieces('\x01'.repeat(2 ** 20))]
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(6 * 2 ** 16 + 1)
  expect(pieces.join('')).toBe(JSON.stringify('\x01'.repeat(2 ** 20)))
})

test('the pieces of any text are together what JSON says of it, wherever it is cut', () => {
  const unit = fc.constantFrom('a', '"', '\\', '\n', '\u{1f600}', '\ud83d', '\ude00', '\u2028')
  fc.assert(
    fc.property(fc.integer({ min: -3, max: 1 }), fc.array(unit, { maxLength: 8 }), (offset, units) => {
      const text = 'x'.repeat(2 ** 16 + offset) + units.join('')
      expect([...jsonPieces(text)].join('')).toBe(JSON.stringify(text))
    }),
  )
  expect([...jsonPieces('')].join('')).toBe('""')
})
