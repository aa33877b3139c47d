import { describe, expect, it } from 'vitest'
import { checkVersion, isPooled } from '../../../src/backends/postgres/server/check-server.ts'

describe('checkVersion', () => {
  it.each([140_000, 170_010, 180_004])('takes %d', (number) => {
    expect(() => checkVersion('here', { number, text: '' })).not.toThrow()
  })

  it.each([
    [
      130_023,
      'PostgreSQL 13.23 (Debian 13.23-1.pgdg12+1) on x86_64-pc-linux-gnu, compiled by gcc',
      'PostgreSQL 13.23',
    ],
    [110_002, 'PostgreSQL 11.2-YB-2.20.0.0-b0 on x86_64-pc-linux-gnu', 'PostgreSQL 11.2-YB-2.20.0.0-b0'],
    [130_000, 'CockroachDB CCL v25.1.0 (x86_64-pc-linux-gnu, built 2025/01/01)', 'CockroachDB CCL v25.1.0'],
  ])('refuses %d, by the name that the server has for itself', (number, text, name) => {
    expect(() => checkVersion('postgres://here/shop', { number, text })).toThrow(
      `The server of the database postgres://here/shop is "${name}"; Pipewright needs Postgres 14 or newer. Nothing was changed.`,
    )
  })
})

it('a pooler is known by a session whose number is another than the client was told', () => {
  expect(isPooled({ told: 7, found: 7 })).toBe(false)
  expect(isPooled({ told: 7, found: 8 })).toBe(true)
  // A client that was not told.
  expect(isPooled({ told: undefined, found: 8 })).toBe(false)
})
