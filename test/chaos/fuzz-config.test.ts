import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { readConfig } from '../../src/app/config/read-config.ts'
import { openKeyring } from '../../workflows/books/keyring.ts'
import { mutate, mutations } from './hostile/mutate.ts'
import { runs, tried } from './hostile/tried.ts'

// Files that a person writes, changed a little, a great many times; see fuzz-books.test.ts.

// With `prettyErrors` in `read-config.ts`, errors show what stands in the file.
it('reads a changed config, or names the file and the line', { timeout: 600_000 }, () => {
  const schema = z.strictObject({
    source: z.string(),
    serve: z.strictObject({ port: z.number() }),
    list: z.array(z.string()).default([]),
  })
  const yaml = Buffer.from(
    '# books\nsource: /srv/books\nserve: { port: 4717 }\nlist:\n  - &a one\n  - *a\n  - "two\\n"\n',
  )
  return fc.assert(
    fc.asyncProperty(mutations, async (changes) => {
      const { result } = await tried(mutate(yaml, changes), (folder) =>
        readConfig(schema, join(folder, 'in')),
      )
      if (result instanceof Error) {
        expect(result.name).toBe('ConfigError')
        for (const line of result.message.split('\n'))
          expect(line).toMatch(/\/in(:\d+: | (is|could) ).*[.!?]$/)
      } else expect(schema.safeParse(result).success).toBe(true)
    }),
    runs(200),
  )
})

// With the message of `JSON.parse` passed on by `keyring.ts`, it quotes the passphrase.
it('reads a changed keyring, or says so without a word of it', { timeout: 600_000 }, () => {
  const json = Buffer.from(JSON.stringify({ main: 'SECRETSECRETSECRET', older: 'SECRETSECRETSECRET' }))
  return fc.assert(
    fc.asyncProperty(mutations, async (changes) => {
      const { result } = await tried(mutate(json, changes), (folder) =>
        openKeyring({ file: join(folder, 'in'), shared: true }),
      )
      if (!(result instanceof Error)) return
      expect(result.message).toMatch(/^The keyring .* is not a JSON object of passphrases by name\.$/)
      expect(`${result.stack} ${String(result.cause)}`).not.toContain('SECRET')
    }),
    runs(200),
  )
})
