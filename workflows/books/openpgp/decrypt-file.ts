/*
 * Decryption never shows a byte before its integrity is proven: it streams, so what comes out goes into a `*.partial`
 * file, which takes its name only after all of it was proven, written and synced. openpgp.js derives the keys; what
 * gpg writes for a book is decrypted here, or by two threads if it is long, and all else (small, compressed, AEAD, armored) by openpgp.js.
 */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { Defect } from '../defect.ts'
import { writeDurably } from '../durable-file.ts'
import { openPlain } from '../plain-file.ts'
import { decryptDefect } from './decrypt-defect.ts'
import { decryptHere } from './decrypt-here.ts'
import { decryptInThreads, type Writing } from './decrypt-threads.ts'
import { makeEarlySync } from './early-sync.ts'
import { findContent } from './find-content.ts'
import { openMessage } from './open-message.ts'
import { headerAt } from './packet-header.ts'
import { readSource } from './read-source.ts'
import { scanSessionKeys } from './session-key-scan.ts'
import type { WrittenFile } from './written-file.ts'

export type { WrittenFile }

interface DecryptCaps {
  /** Bytes of plaintext; by default 20 times the source, and at least 64 MiB: books are gzipped inside. */
  readonly maxBytes?: number
  /** Session-key packets; 8 by default. */
  readonly maxSessionKeys?: number
  /** Memory that the derivation of a key by Argon2 may take, in KiB; 128 MiB by default. */
  readonly maxArgon2KiB?: number
}

export interface DecryptOptions {
  readonly source: string
  readonly target: string
  readonly passphrase: string
  readonly signal?: AbortSignal
  /** Called with the number of bytes of plaintext so far. */
  readonly progress?: (bytes: number) => void
  readonly caps?: DecryptCaps
  /** Bytes of a source above which two threads decrypt it; 16 MiB by default, since to start them takes as long as decrypting less. */
  readonly threadsFromBytes?: number
  /** Armored private keys, unlocked by the passphrase: for archives that are encrypted to a key. */
  readonly privateKeys?: readonly string[]
}

const headBytes = 64 * 1024
/** Shorter messages are left to openpgp.js. */
const hereFromBytes = 2 ** 16

/**
 * Decrypts an OpenPGP file into `target`, which exists, whole and on disk, only when this resolves. Throws `NotOpenPGP`,
 * `Unauthenticated`, `UnsupportedCipher`, `NotForPassphrase`, `TooLarge`, `BadFile`, `Damaged` (where the passphrase is
 * known to fit), `WrongPassphraseOrDamaged` (where the two look alike), or `OperationFailed` when a thread dies; errors
 * of the file system as they are.
 */
export async function decryptFile(options: DecryptOptions): Promise<WrittenFile> {
  const { source, target, caps = {}, signal, threadsFromBytes = 2 ** 24 } = options
  const file = await openPlain(source)
  let fits = false
  try {
    const { size } = await file.stat()
    const { head, stream, bytes, armored } = await readSource(file, {
      size,
      headBytes,
      ...(signal && { signal }),
    })
    const { maxSessionKeys = 8, maxArgon2KiB = 128 * 1024 } = caps
    const scan = scanSessionKeys(head, { maxSessionKeys, maxArgon2KiB, fileBytes: size })
    refuseOtherLength(head, scan.dataAt, bytes)
    if (scan.passphrases === 0 && !options.privateKeys?.length) {
      throw new Defect(
        'NotForPassphrase',
        'The message is encrypted to a public key, so no passphrase can open it.',
      )
    }
    const maxBytes = caps.maxBytes ?? Math.max(64 * 2 ** 20, 20 * size)
    return await writeDurably(target, async (partial) => {
      const sync = makeEarlySync(partial)
      // openpgp.js works on as many chunks at once as there are processors.
      const maxUnansweredBytes = 32 * 2 ** 20 + availableParallelism() * scan.chunkBytes
      const message = await openMessage(stream, { ...options, maxBytes, maxArgon2KiB, maxUnansweredBytes })
      const writing = { target: partial, maxBytes, signal, written }
      const found = await findContent(head, scan.dataAt, message.keys)
      fits = found !== undefined || scan.provesPassphrase
      signal?.throwIfAborted()
      const plain = armored ? undefined : found?.plain
      const decrypt = size > threadsFromBytes ? decryptInThreads : decryptHere
      const result =
        plain && size > hereFromBytes
          ? await decrypt({ ...writing, source: file, size, found: plain })
          : await copy(message.plaintext(found?.key), writing)
      await sync.settled()
      return result

      function written(bytes: number): void {
        sync.reached(bytes)
        options.progress?.(bytes)
      }
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw decryptDefect(error, fits)
  } finally {
    await file.close()
  }
}

/** A file of another length than it says is known to be, before any key is derived; in parts it says nothing. */
function refuseOtherLength(head: Uint8Array, dataAt: number, actual: number): void {
  const packet = headerAt(head, dataAt)
  if (packet?.length === undefined || !packet.last) return
  const expected = packet.body + packet.length
  if (actual < expected) {
    const sentence = `The file is damaged: it ends after ${actual} of ${expected} bytes.`
    throw new Defect('Damaged', sentence, { actual, expected })
  }
  if (actual > expected) {
    const detail = `The message ends after ${expected} of the ${actual} bytes of the file.`
    throw new Defect('BadFile', 'The message is not one file encrypted once.', { actual, expected, detail })
  }
}

async function copy(
  data: AsyncIterable<Uint8Array>,
  { target, maxBytes, signal, written }: Writing,
): Promise<WrittenFile> {
  const digest = createHash('sha256')
  let bytes = 0
  let writing: Promise<unknown> = Promise.resolve()
  for await (const chunk of data) {
    signal?.throwIfAborted()
    bytes += chunk.length
    if (bytes > maxBytes) {
      throw new Defect('TooLarge', `The plaintext is larger than ${maxBytes} bytes.`, { expected: maxBytes })
    }
    // One write under way while the next chunk is decrypted; it rejects here, one chunk later.
    await writing
    writing = writeAll(target, chunk)
    writing.catch(() => undefined)
    digest.update(chunk)
    written(bytes)
  }
  await writing
  return { bytes, sha256: digest.digest('hex') }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten
}
