import { setMaxListeners } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { credentialsOf as fieldsOf } from '../../../../workflows/books/fake-grin/credentials-of.ts'
import type { FakeGrin } from '../../../../workflows/books/fake-grin/serve-fake-grin.ts'
import { openGrin } from '../../../../workflows/books/grin/grin.ts'
import { type Login, loginWith } from '../../../../workflows/books/grin/login.ts'
import { scratchFolder } from '../scratch.ts'

/** A login where none is needed. */
const noLogin: Login = { token: async () => 'none', renew: async () => 'none' }

/** The credentials of a person who has logged in to `fake`, in a file. */
export function credentialsOf({ login }: FakeGrin): string {
  const file = join(scratchFolder(), 'credentials.json')
  writeFileSync(file, JSON.stringify(fieldsOf(login!)), { mode: 0o600 })
  return file
}

/** The client of a fake GRIN, which passes the gate at once and counts how often. */
export function clientOf(fake: FakeGrin) {
  let passed = 0
  const stop = new AbortController()
  // Tests ask a lot at once under one signal, as no attempt does.
  setMaxListeners(0, stop.signal)
  const login = fake.login ? loginWith(credentialsOf(fake)) : noLogin
  return {
    grin: openGrin({ base: `${fake.url}/libraries`, directory: fake.directory, login }, () =>
      fake.clock.now(),
    ),
    asking: {
      signal: stop.signal,
      pass: async () => {
        passed++
      },
    },
    stop: () => stop.abort(),
    passed: () => passed,
  }
}

/** All of an iteration. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
