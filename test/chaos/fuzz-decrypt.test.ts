import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Defect } from '../../workflows/books/defect.ts'
import { decryptFile } from '../../workflows/books/openpgp/decrypt-file.ts'
import { passphrase } from './hostile/messages.ts'
import { type Mutation, mutate, mutations } from './hostile/mutate.ts'
import { shapes } from './hostile/shapes.ts'
import { runs, tried } from './hostile/tried.ts'

// Encrypted files are changed a little, a great many times; each is answered in time. Taken out, to see them fail:
// - `contentIn` in `find-content.ts`, and `compressed-once.ts`: openpgp.js never settles;
// - `plain-start.ts` for ciphers other than AES: a wrong passphrase is reported as damage, or never;
// - the comparison of the proof in `content-thread.mjs`: a flipped bit of a long message is accepted.

const decrypt = (bytes: Uint8Array, secret = passphrase) =>
  tried(bytes, (folder) =>
    decryptFile({ source: join(folder, 'in'), target: join(folder, 'out'), passphrase: secret }),
  )

async function opensOnlyWhole(message: Buffer, plain: Buffer, changes: readonly Mutation[]): Promise<void> {
  const { result, left, bodies } = await decrypt(mutate(message, changes))
  if (result instanceof Error) {
    expect(result).toBeInstanceOf(Defect)
    expect(left).toEqual([])
  } else expect(bodies.get('out') === plain.toString('latin1'), 'what came out is what went in').toBe(true)
}

describe.each(Object.entries(shapes))('a message in %s', (_, shape) => {
  // Longer than what openpgp.js keeps while it waits to be read.
  const plain = randomBytes(12_000)

  it('opens by its passphrase', async () => {
    const { result, bodies } = await decrypt(await shape(plain))
    expect(result).toMatchObject({ bytes: plain.length })
    expect(bodies.get('out')).toBe(plain.toString('latin1'))
  })

  it('opens only as it was encrypted, however it is changed', { timeout: 900_000 }, async () => {
    const message = await shape(plain)
    await fc.assert(
      fc.asyncProperty(mutations, (changes) => opensOnlyWhole(message, plain, changes)),
      runs(24, 600),
    )
  })

  it('is reported as encrypted with another passphrase, for every wrong one', {
    timeout: 900_000,
  }, async () => {
    const message = await shape(plain)
    await fc.assert(
      fc.asyncProperty(fc.uuid(), async (wrong) => {
        const { result, left } = await decrypt(message, wrong)
        expect(result).toMatchObject({ code: 'WrongPassphraseOrDamaged', retry: false })
        expect(left).toEqual([])
      }),
      runs(6, 150),
    )
  })
})

it('opens a long message only as it was encrypted, however it is changed', { timeout: 900_000 }, async () => {
  const plain = randomBytes(2 ** 20 + 3000)
  const message = await shapes['AES']!(plain)
  await fc.assert(
    fc.asyncProperty(mutations, (changes) => opensOnlyWhole(message, plain, changes)),
    runs(15, 300),
  )
})
