import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import * as openpgp from 'openpgp'
import { describe, expect, test } from 'vitest'
import { decryptFile } from '../../../workflows/books/openpgp/decrypt-file.ts'
import { decryptInThreads } from '../../../workflows/books/openpgp/decrypt-threads.ts'
import { findContent } from '../../../workflows/books/openpgp/find-content.ts'
import { scanSessionKeys } from '../../../workflows/books/openpgp/session-key-scan.ts'
import { encrypt } from '../../../workflows/books/sample/make-archive.ts'
import { builtFile } from '../../built.ts'
import { scratchFolder } from './scratch.ts'

const plain = randomBytes(3 * 2 ** 20 + 7)
const sha256 = createHash('sha256').update(plain).digest('hex')
const encrypted = await encrypt(plain, 'secret')

async function attempt(
  bytes: Uint8Array,
  threadsFromBytes: number,
  more: { maxBytes?: number; passphrase?: string } = {},
) {
  const folder = scratchFolder()
  const source = join(folder, 'in')
  const target = join(folder, 'out', 'book')
  writeFileSync(source, bytes)
  const { passphrase = 'secret', ...caps } = more
  const options = { source, target, passphrase, caps, threadsFromBytes }
  const result = await decryptFile(options).catch((error: unknown) => error)
  const left = existsSync(join(folder, 'out')) ? readdirSync(join(folder, 'out'), { encoding: 'utf8' }) : []
  return { result, target, left }
}

describe.each([
  ['by two threads', 0],
  ['in this one', 2 ** 24],
])('%s', (_, from) => {
  test('a long message that comes in parts, as from a pipe, decrypts as one that does not', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < plain.length; at += 100_000)
          controller.enqueue(plain.subarray(at, at + 100_000))
        controller.close()
      },
    })
    const message = await openpgp.createMessage({ binary: stream })
    const parts = (await openpgp.encrypt({
      message,
      passwords: 'secret',
      format: 'binary',
    })) as AsyncIterable<Uint8Array>
    const chunks: Uint8Array[] = []
    for await (const chunk of parts) chunks.push(chunk)
    const { result, target } = await attempt(Buffer.concat(chunks), from)
    expect(result).toEqual({ bytes: plain.length, sha256 })
    expect(readFileSync(target).equals(plain)).toBe(true)
  })

  test('a byte flipped anywhere in a long message is found, and so is a cut; nothing is left', async () => {
    const flipped = [110, 2 ** 20 + 60, encrypted.length - 30, encrypted.length - 1].map((at) => {
      const bytes = Buffer.from(encrypted)
      bytes[at]! ^= 1
      return bytes
    })
    for (const bytes of [...flipped, encrypted.subarray(0, 2 ** 21)]) {
      const { result, left } = await attempt(bytes, from)
      expect(result).toMatchObject({ code: 'Damaged', retry: false })
      expect(left).toEqual([])
    }
  })

  test('a wrong passphrase, a cap, and what follows a long message stop it with their defect', async () => {
    const wrong = await attempt(encrypted, from, { passphrase: 'other' })
    expect(wrong.result).toMatchObject({ code: 'WrongPassphraseOrDamaged' })
    const capped = await attempt(encrypted, from, { maxBytes: 2 ** 20 })
    expect(capped.result).toMatchObject({ code: 'TooLarge' })
    const followed = await attempt(Buffer.concat([encrypted, Buffer.from('trailing')]), from)
    expect(followed.result).toMatchObject({ code: 'BadFile' })
    expect([wrong, capped, followed].flatMap(({ left }) => left)).toEqual([])
  })

  test('an abort in the middle of a long message ends it at once, and nothing is left', async () => {
    const folder = scratchFolder()
    const source = join(folder, 'in')
    writeFileSync(source, encrypted)
    const stop = new AbortController()
    let abortedAt = 0
    const progress = () => {
      abortedAt ||= performance.now()
      stop.abort(new Error('shutting down'))
    }
    const options = {
      source,
      target: join(folder, 'out'),
      passphrase: 'secret',
      signal: stop.signal,
      progress,
      threadsFromBytes: from,
    }
    await expect(decryptFile(options)).rejects.toThrow('shutting down')
    expect(performance.now() - abortedAt).toBeLessThan(1000)
    expect(readdirSync(folder)).toEqual(['in'])
  })
})

test.skipIf(process.platform === 'win32')(
  'a slow disk is reported, so that it is not taken for a standstill',
  async () => {
    const folder = scratchFolder()
    writeFileSync(join(folder, 'in'), encrypted)
    const slow = join(folder, 'slow')
    execFileSync('mkfifo', [slow])
    const [source, reading] = await Promise.all([open(join(folder, 'in')), open(slow, 'r+')])
    const target = await open(slow, 'w')
    const told: number[] = []
    let isSlow = () => {}
    const slowly = new Promise<void>((resolve) => (isSlow = resolve))
    const written = (bytes: number) => {
      told.push(bytes)
      if (told.length === 5) isSlow()
    }
    const { size } = await source.stat()
    const message = await openpgp.readMessage({ binaryMessage: encrypted })
    const keys = await openpgp.decryptSessionKeys({ message, passwords: 'secret' })
    const caps = { maxSessionKeys: 1, maxArgon2KiB: 1, fileBytes: size }
    const { plain: found } = (await findContent(encrypted, scanSessionKeys(encrypted, caps).dataAt, keys))!
    const options = { source, size, target, found: found!, maxBytes: size, signal: undefined, written }
    const decrypting = decryptInThreads(options)
    await slowly
    expect(new Set(told)).toEqual(new Set([0]))
    const chunk = Buffer.alloc(2 ** 16)
    for (let left = plain.length; left > 0; ) left -= (await reading.read(chunk)).bytesRead
    expect(await decrypting).toEqual({ bytes: plain.length, sha256 })
    await Promise.all([source, reading, target].map((file) => file.close()))
  },
)

// A limit on the size of files is a disk that is full for one process alone.
test.skipIf(process.platform === 'win32')(
  'a disk error in the writing thread is reported, and nothing is left',
  () => {
    const folder = scratchFolder()
    writeFileSync(join(folder, 'in'), encrypted)
    const child = builtFile('test/workflows/books/decrypt-process.ts')
    const command = ['ulimit -f 2048; exec "$@"', 'sh', process.execPath, child, folder]
    const said = execFileSync('sh', ['-c', ...command], { encoding: 'utf8' })
    expect(JSON.parse(said)).toMatchObject({ code: 'EFBIG', syscall: 'write' })
    expect(readdirSync(folder)).toEqual(['in'])
  },
)
