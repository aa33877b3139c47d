import { expect, it } from 'vitest'
import { hidePasswords, shorten } from '../../src/queue/hide-passwords.ts'

// Taken out, to see this fail: the replacing (the text comes back as it was).

it.each([
  ['http://me:pw@host:1/x', 'http://...@host:1/x'],
  ['cannot reach "postgres://me:pw@db/queues".', 'cannot reach "postgres://...@db/queues".'],
  ['https://token@host and redis+tls://:pw@other', 'https://...@host and redis+tls://...@other'],
  ['ftp://me:p@ss#w?rd@host/', 'ftp://...@host/'],
  ['{"url":"http://me:pw@host"}', '{"url":"http://...@host"}'],
  ['postgres://app:abc/DEF@db.example/books', 'postgres://...@db.example/books'],
  ["postgres://app:abc'DEF@db.example/books", 'postgres://...@db.example/books'],
  ['postgres://app:abc"DEF@db.example/books', 'postgres://...@db.example/books'],
  ['postgres://app:abc DEF@db.example/books', 'postgres://...@db.example/books'],
  ['postgres://app:a@b/c <d>@db.example/books', 'postgres://...@db.example/books'],
  ['amqp://:5672/x@db is down', 'amqp://...@db is down'],
  ['a://b:c d@e to\nf://g:h/i@j', 'a://...@e to\nf://...@j'],
  ['a://b:c@d to e://f:g/h@i', 'a://...@d to e://...@i'],
])('of %j only what is no password is left', (text, left) => {
  expect(hidePasswords(text)).toBe(left)
})

it.each([
  ...['http://host/x@y', 'ann@example.org', 'a://b c@d', 'C:/x@y', 'see https://host', 'a://b:c\nd@e'],
  ...[
    'http://127.0.0.1:4717/x, ask ann@example.org',
    'http://localhost:4717 "ann@host"',
    'http://[::1]:80/x@y',
  ],
])('leaves %j as it is', (text) => {
  expect(hidePasswords(text)).toBe(text)
})

it('cuts what is long, and no password so that a part of it is left', () => {
  expect(shorten('short', 5)).toBe('short')
  expect(shorten('longer', 4)).toBe('long...')
  for (const times of [500, 50_000]) {
    const text = shorten(`${'x'.repeat(1980)} a://me:${'pw'.repeat(times)}@host ${'x'.repeat(1980)}`, 2000)
    expect(text).toContain(' a://...')
    expect(text).not.toContain('p')
  }
})

// Long enough that a search in the square of the length would take minutes.
it.each(['a-', '://', 'a://b:', '://@', 'a://b:c@', 'a://b '])(
  'looks at each part of %j a few times only',
  (part) => {
    const text = part.repeat(200_000)
    expect(hidePasswords(text)).not.toContain('c@')
    expect(shorten(text, 2000).length).toBeLessThan(2100)
  },
)
