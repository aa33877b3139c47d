import { expect, it } from 'vitest'
import { hidePasswords } from '../../src/queue/hide-passwords.ts'

// Taken out, to see this fail: the replacing (what was told comes back as it was).

it.each([
  ['http://me:pw@host:1/x', 'http://...@host:1/x'],
  ['cannot reach "postgres://me:pw@db/queues".', 'cannot reach "postgres://...@db/queues".'],
  ['https://token@host and redis+tls://:pw@other', 'https://...@host and redis+tls://...@other'],
  ['ftp://me:p@ss#w?rd@host/', 'ftp://...@host/'],
  ['{"url":"http://me:pw@host"}', '{"url":"http://...@host"}'],
])('of %j only what is no password is left', (text, left) => {
  expect(hidePasswords(text)).toBe(left)
})

it.each(['http://host/x@y', 'ann@example.org', 'a://b c@d', 'C:/x@y', 'see https://host'])(
  'leaves %j as it is',
  (text) => {
    expect(hidePasswords(text)).toBe(text)
  },
)
