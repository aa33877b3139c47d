/*
 * Decryption never shows a byte before its integrity is proven: openpgp.js streams, so what comes out goes into a
 * `*.partial` file, which takes its name only after the stream has ended without an error.
 */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import * as openpgp from 'openpgp'
import { Defect } from '../defect.ts'
import { writeDurably } from '../durable-file.ts'
import { decryptDefect } from './decrypt-defect.ts'
import { openFast } from './open-fast.ts'
import { readSource } from './read-source.ts'
import { scanSessionKeys } from './session-key-scan.ts'

interface DecryptCaps {
  /** Bytes of plaintext; by default 20 times the source, and at least 64 MiB: books are gzipped inside. */
  readonly maxBytes?: number
  /** Session-key packets; 8 by default. */
  readonly maxSessionKeys?: number
}

export interface DecryptOptions {
  readonly source: string
  readonly target: string
  readonly passphrase: string
  readonly signal?: AbortSignal
  /** Is told how many bytes of plaintext there are by now. */
  readonly progress?: (bytes: number) => void
  readonly caps?: DecryptCaps
  /** Armored private keys, unlocked by the passphrase: for archives that are encrypted to a key. */
  readonly privateKeys?: readonly string[]
}

export interface WrittenFile {
  readonly bytes: number
  readonly sha256: string
}

const headBytes = 64 * 1024
/** The disk starts early, so that the sync before the rename finds little left to do. */
const syncEachBytes = 96 * 2 ** 20

/**
 * Decrypts an OpenPGP file into `target`, which exists, whole and on disk, only when this resolves. Throws `NotOpenPGP`,
 * `Unauthenticated`, `UnsupportedCipher`, `NotForPassphrase`, `TooLarge`, or `WrongPassphraseOrDamaged` (the two look alike).
 */
export async function decryptFile(options: DecryptOptions): Promise<WrittenFile> {
  const { source, target, caps = {}, signal } = options
  const file = await open(source, 'r')
  try {
    const { size } = await file.stat()
    const { head, stream } = await readSource(file, { size, headBytes, ...(signal && { signal }) })
    const scan = scanSessionKeys(head, caps.maxSessionKeys ?? 8)
    if (scan.passphrases === 0 && !options.privateKeys?.length) {
      throw new Defect(
        'NotForPassphrase',
        'The message is encrypted to a public key, so no passphrase can open it.',
      )
    }
    const maxBytes = caps.maxBytes ?? Math.max(64 * 2 ** 20, 20 * size)
    const write = async (partial: FileHandle) =>
      copy(await plaintext(stream, options, maxBytes), partial, { ...options, maxBytes })
    return await writeDurably(target, write)
  } catch (error) {
    signal?.throwIfAborted()
    throw decryptDefect(error)
  } finally {
    await file.close()
  }
}

async function plaintext(
  stream: ReadableStream<Uint8Array>,
  options: DecryptOptions,
  maxBytes: number,
): Promise<AsyncIterable<Uint8Array>> {
  const config = {
    allowUnauthenticatedStream: true,
    maxDecompressedMessageSize: maxBytes,
    // 2^18 KiB; an archive asks for the memory that its key derivation takes.
    maxArgon2MemoryExponent: 18,
  } as openpgp.PartialConfig
  const message = await openpgp.readMessage({ binaryMessage: stream, config })
  openFast(message, config)
  const keys = await unlock(options)
  const { data } = await openpgp.decrypt({
    message,
    format: 'binary',
    config,
    ...(keys.length > 0 ? { decryptionKeys: keys } : { passwords: options.passphrase }),
  })
  return data as AsyncIterable<Uint8Array>
}

async function unlock(options: DecryptOptions): Promise<openpgp.PrivateKey[]> {
  const keys = await Promise.all(
    (options.privateKeys ?? []).map((armoredKey) => openpgp.readPrivateKey({ armoredKey })),
  )
  const { passphrase } = options
  return Promise.all(
    keys.map((privateKey) =>
      privateKey.isDecrypted() ? privateKey : openpgp.decryptKey({ privateKey, passphrase }),
    ),
  )
}

async function copy(
  data: AsyncIterable<Uint8Array>,
  file: FileHandle,
  { maxBytes, signal, progress }: { maxBytes: number } & Pick<DecryptOptions, 'signal' | 'progress'>,
): Promise<WrittenFile> {
  const digest = createHash('sha256')
  let bytes = 0
  let writing: Promise<unknown> = Promise.resolve()
  let syncing: Promise<unknown> = Promise.resolve()
  let unsynced = 0
  for await (const chunk of data) {
    signal?.throwIfAborted()
    bytes += chunk.length
    if (bytes > maxBytes) {
      throw new Defect('TooLarge', `The plaintext is larger than ${maxBytes} bytes.`, { expected: maxBytes })
    }
    // One write under way while the next chunk is decrypted; it rejects here, one chunk later.
    await writing
    writing = writeAll(file, chunk)
    writing.catch(() => undefined)
    digest.update(chunk)
    progress?.(bytes)
    unsynced += chunk.length
    if (unsynced >= syncEachBytes) {
      unsynced = 0
      syncing = syncing.then(() => file.datasync())
      syncing.catch(() => undefined)
    }
  }
  await writing
  await syncing
  return { bytes, sha256: digest.digest('hex') }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten
}
