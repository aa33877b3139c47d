import { expect, it } from 'vitest'
import { redacting, redactLine } from '../../src/cli/up/redact.ts'

it('leaves secrets out, as they are, as URLs and JSON have them, and line by line, but no short ones', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\n-----END KEY-----'
  const redact = redacting(['pass "word" &', key, '4717', 'pass "word" & more'])
  expect(redact('the pass "word" & more')).toBe('the ***')
  expect(redact(`{"a":${JSON.stringify('pass "word" &')}}`)).toBe('{"a":"***"}')
  expect(redact(`http://h/?p=${encodeURIComponent('pass "word" &')}`)).toBe('http://h/?p=***')
  expect(redact('1: MIIEvQIBADANBgkqhkiG')).toBe('1: ***')
  expect(redact('port 4717')).toBe('port 4717')
})

it('looks into the fields of a line, errors included', () => {
  const redact = redacting(['open sesame'])
  const line = {
    ...({ at: 0, process: 'w', level: 'info', message: 'open sesame!' } as const),
    fields: { list: [{ 'open sesame': 'x open sesame' }], error: new Error('no open sesame'), count: 3 },
  }
  const safe = redactLine(line, redact)
  expect(safe).toMatchObject({
    message: '***!',
    fields: { list: [{ '***': 'x ***' }], error: { name: 'Error', message: 'no ***' }, count: 3 },
  })
  expect(JSON.stringify(safe)).not.toContain('sesame')
})
