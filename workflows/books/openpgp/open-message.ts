import * as openpgp from 'openpgp'
import { compressedOnce } from './compressed-once.ts'
import type { DecryptOptions } from './decrypt-file.ts'
import { type InputCap, makeInputCap } from './input-cap.ts'
import type { SessionKey } from './plain-start.ts'

/** A message whose session keys are known, and whose content has not been read. */
export interface OpenedMessage {
  readonly keys: readonly openpgp.DecryptedSessionKey[]
  /**
   * Decrypts it with openpgp.js, by the key that fits if that is known: for what the two threads cannot do. Releases
   * bytes before their integrity is proven.
   */
  readonly plaintext: (key?: SessionKey) => AsyncIterable<Uint8Array>
}

/** Reads the head of a message and derives its session keys, from the passphrase or by the private keys. */
export async function openMessage(
  stream: ReadableStream<Uint8Array>,
  options: Pick<DecryptOptions, 'passphrase' | 'privateKeys'> & {
    readonly maxBytes: number
    readonly maxArgon2KiB: number
    /** Bytes that may go in while nothing comes out. */
    readonly maxUnansweredBytes: number
  },
): Promise<OpenedMessage> {
  const cap = makeInputCap(options.maxUnansweredBytes)
  const config = {
    allowUnauthenticatedStream: true,
    additionalAllowedPackets: [compressedOnce(cap)],
    maxDecompressedMessageSize: options.maxBytes,
    // An archive asks for the memory that its key derivation takes.
    maxArgon2MemoryExponent: Math.floor(Math.log2(options.maxArgon2KiB)),
  } as openpgp.PartialConfig
  const message = await openpgp.readMessage({ binaryMessage: capped(stream, cap), config })
  const privateKeys = await unlock(options)
  const keys = await openpgp.decryptSessionKeys({
    message,
    config,
    ...(privateKeys.length > 0 ? { decryptionKeys: privateKeys } : { passwords: options.passphrase }),
  })
  return {
    keys,
    async *plaintext(key) {
      // The key of an AEAD message names no algorithm, which the type does not know.
      const sessionKeys = (key ? [key] : keys) as openpgp.SessionKey[]
      const { data } = await openpgp.decrypt({ message, format: 'binary', config, sessionKeys })
      for await (const chunk of data as AsyncIterable<Uint8Array>) {
        cap.gave()
        yield chunk
      }
    },
  }
}

function capped(stream: ReadableStream<Uint8Array>, cap: InputCap): ReadableStream<Uint8Array> {
  const reader = stream.getReader()
  // By hand: a pipe reads ahead, and what is decrypted here, or by two threads, is read by those.
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) return controller.close()
        cap.took(value.length)
        controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

async function unlock(
  options: Pick<DecryptOptions, 'passphrase' | 'privateKeys'>,
): Promise<openpgp.PrivateKey[]> {
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
