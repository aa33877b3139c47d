import { expect, it } from 'vitest'
import { jsonLine, type LogLine, lineLog, parseLine, plainLine } from '../../src/cli/screen/line-log.ts'

const at = new Date(2030, 0, 1, 12, 0, 1).getTime()
const line: LogLine = { at, process: 'worker', level: 'info', message: 'Stamped.', fields: {} }
const plain = (fields: Record<string, unknown>) => plainLine({ ...line, fields }, (_, text) => text)

it('writes a line for people: when, who, how loud, what, and the fields', () => {
  expect(plain({ id: '17', pages: 3, ok: true })).toBe('12:00:01 worker info Stamped. id=17 pages=3 ok=true')
  expect(plain({ note: 'two words', none: '', deep: { a: [1] } })).toBe(
    '12:00:01 worker info Stamped. note="two words" none="" deep={"a":[1]}',
  )
})

it('lets nothing in a value steer the terminal or make another line', () => {
  const nasty = '\x1b[2J\nrun info Forged.\u202eabc\u2028'
  const text = plainLine({ ...line, message: nasty, fields: { [nasty]: nasty } }, (_, each) => each)
  expect(text).not.toMatch(/[\p{Cc}\u202e\u2028]/u)
  expect(text).toContain('\\u001b[2J\\nrun info Forged.\\u202eabc\\u2028')
})

it('cuts what is long', () => {
  expect(plain({ text: 'x'.repeat(100_000) }).length).toBeLessThan(2100)
})

it('shows the message of an error, and in lines of its own where it came from', () => {
  const error = new TypeError('no good', { cause: new Error('a://me:pw@host is down') })
  expect(plain({ error, deep: { error } })).toMatch(
    /error="TypeError: no good" deep=\{"error":\{"kind":"error",/,
  )
  const told = JSON.parse(jsonLine({ ...line, fields: { error } }))
  expect(told.error).toMatchObject({ name: 'TypeError', causes: [{ message: 'a://...@host is down' }] })
  const stack = 'Error: no\n  at x (y.ts:1:2)\n\x1b[2Jforged'
  expect(plain({ id: 'a', stack, none: undefined })).toBe(
    '12:00:01 worker info Stamped. id=a\n    Error: no\n      at x (y.ts:1:2)\n    \\u001b[2Jforged',
  )
  expect(plain({ stack: 7 })).toContain('stack=7')
})

it('reads back the JSON that it wrote, and nothing else', () => {
  const told = { ...line, fields: { id: '17', deep: { a: 1 } } }
  expect(parseLine(jsonLine(told))).toEqual(told)
  for (const other of [
    'Stamped.',
    '{',
    '{}',
    '{"time":"x","level":"info","message":"m"}',
    '[1]',
    '{"level":1}',
  ]) {
    expect(parseLine(other)).toBeUndefined()
  }
})

it('does not fail over fields that are not JSON, nor let them replace what the line is', () => {
  const circle: { big: bigint; self?: unknown } = { big: 1n }
  circle.self = circle
  expect(parseLine(jsonLine({ ...line, fields: { ...circle } }))).toMatchObject({ message: 'Stamped.' })
  expect(plain({ ...circle })).toContain('big=1')
  expect(parseLine(jsonLine({ ...line, fields: { message: 'forged', level: 'error' } }))).toMatchObject(line)
})

it('keeps debug lines to itself unless asked', () => {
  const lines: LogLine[] = []
  const write = (each: LogLine) => lines.push(each)
  lineLog({ process: 'p', write }).debug('quiet')
  lineLog({ process: 'p', write, least: 'debug' }).debug('loud', { a: 1 })
  expect(lines).toMatchObject([{ message: 'loud', level: 'debug', fields: { a: 1 } }])
})

it('takes no field for a part of the password of a URL in another', () => {
  const fields = { url: 'http://queues:80/x', by: 'ann@example.org', 'a://b:c"d@e': { 'f://g:h@i': [1] } }
  const shown = { url: 'http://queues:80/x', by: 'ann@example.org', 'a://...@e': { 'f://...@i': [1] } }
  expect(parseLine(jsonLine({ ...line, fields }))).toMatchObject({ fields: shown })
  expect(plain(fields)).toBe(
    '12:00:01 worker info Stamped. url=http://queues:80/x by=ann@example.org a://...@e={"f://...@i":[1]}',
  )
})

// Taken out, to see this fail: `hidePasswords` in `jsonLine` and in `plainLine`.
it('does not show the password of a URL', () => {
  const told = { ...line, message: 'http://me:pw@host', fields: { deep: { url: 'ftp://me:pw@host' } } }
  expect(jsonLine(told)).not.toContain('pw')
  expect(plainLine(told, (_, text) => text)).not.toContain('pw')
})
