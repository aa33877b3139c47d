import * as openpgp from 'openpgp'
import type { DecryptOptions } from './decrypt-file.ts'

/** A message whose session keys are known, and whose content has not been read. */
export interface OpenedMessage {
  readonly keys: readonly openpgp.DecryptedSessionKey[]
  /** Decrypts it with openpgp.js: for what `findContent` does not know. Releases bytes before their integrity is proven. */
  readonly plaintext: () => Promise<AsyncIterable<Uint8Array>>
}

/** Reads the head of a message and derives its session keys, from the passphrase or by the private keys. */
export async function openMessage(
  stream: ReadableStream<Uint8Array>,
  options: Pick<DecryptOptions, 'passphrase' | 'privateKeys'> & {
    readonly maxBytes: number
    readonly maxArgon2KiB: number
  },
): Promise<OpenedMessage> {
  const config = {
    allowUnauthenticatedStream: true,
    maxDecompressedMessageSize: options.maxBytes,
    // An archive asks for the memory that its key derivation takes.
    maxArgon2MemoryExponent: Math.floor(Math.log2(options.maxArgon2KiB)),
  } as openpgp.PartialConfig
  const message = await openpgp.readMessage({ binaryMessage: stream, config })
  const privateKeys = await unlock(options)
  const keys = await openpgp.decryptSessionKeys({
    message,
    config,
    ...(privateKeys.length > 0 ? { decryptionKeys: privateKeys } : { passwords: options.passphrase }),
  })
  return {
    keys,
    async plaintext() {
      // The key of an AEAD message names no algorithm, which the type does not know.
      const sessionKeys = keys as openpgp.SessionKey[]
      const { data } = await openpgp.decrypt({ message, format: 'binary', config, sessionKeys })
      return data as AsyncIterable<Uint8Array>
    },
  }
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
