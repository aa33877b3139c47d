import { deflateSync } from 'node:zlib'
import * as openpgp from 'openpgp'
import { passphrase } from './messages.ts'
import { literal, packet, seal } from './packets.ts'

const { cast5, tripledes, blowfish, twofish, aes256 } = openpgp.enums.symmetric
const { zip, uncompressed } = openpgp.enums.compression
// Keys that are derived at once.
const quick = { s2kIterationCountByte: 0, aeadProtect: false }

/** A message of some content, as a program that is not ours encrypts it. */
export type Shape = (content: Buffer) => Promise<Buffer>

const by =
  (config: openpgp.PartialConfig): Shape =>
  async (content) =>
    encrypt(await openpgp.createMessage({ binary: new Uint8Array(content) }), config)

async function encrypt(message: openpgp.Message<any>, config: openpgp.PartialConfig): Promise<Buffer> {
  const options = {
    message,
    passwords: passphrase,
    format: 'binary' as const,
    config: { ...quick, ...config },
  }
  const chunks: Uint8Array[] = []
  const encrypted = await openpgp.encrypt(options)
  if (encrypted instanceof Uint8Array) return Buffer.from(encrypted)
  for await (const chunk of encrypted as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** By what they are: the ciphers and ways in which a book may be encrypted. */
export const shapes: Readonly<Record<string, Shape>> = {
  AES: async (content) => seal(literal(content), passphrase),
  'AES, compressed': async (content) =>
    seal(packet(8, Buffer.concat([Buffer.of(2), deflateSync(literal(content))])), passphrase),
  'AES, in parts': async (content) => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    void writer.write(new Uint8Array(content)).then(() => writer.close())
    return encrypt(await openpgp.createMessage({ binary: readable }), {
      preferredSymmetricAlgorithm: aes256,
      preferredCompressionAlgorithm: zip,
    })
  },
  'AES, in chunks that are proven': by({ aeadProtect: true, preferredSymmetricAlgorithm: aes256 }),
  CAST5: by({ preferredSymmetricAlgorithm: cast5, preferredCompressionAlgorithm: zip }),
  TripleDES: by({ preferredSymmetricAlgorithm: tripledes, preferredCompressionAlgorithm: uncompressed }),
  Blowfish: by({ preferredSymmetricAlgorithm: blowfish }),
  Twofish: by({ preferredSymmetricAlgorithm: twofish }),
}
