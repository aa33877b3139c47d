import { createDecipheriv } from 'node:crypto'
import * as openpgp from 'openpgp'

/** Bytes of the key and of a block of each cipher, by its name in openpgp.js. */
const ciphers: Readonly<Record<string, { readonly key: number; readonly block: number }>> = {
  tripledes: { key: 24, block: 8 },
  cast5: { key: 16, block: 8 },
  blowfish: { key: 16, block: 8 },
  twofish: { key: 32, block: 16 },
  aes128: { key: 16, block: 16 },
  aes192: { key: 24, block: 16 },
  aes256: { key: 32, block: 16 },
}
/** In front of the content in what `openpgp.encrypt` makes of very little: the header of its packet, and its version. */
const sealBytes = 3
const symmetricallyEncrypted = 9

/** A session key, and the cipher that it is for. */
export interface SessionKey {
  readonly data: Uint8Array
  readonly algorithm: string
}

/** Bytes of a block of the cipher of a key; undefined for a key that is of no cipher's length. */
export function blockOf({ algorithm, data }: Partial<SessionKey>): number | undefined {
  const cipher = ciphers[algorithm ?? '']
  return cipher?.key === data?.length ? cipher?.block : undefined
}

/** Whether Node has the cipher of a key. */
export function isAes({ algorithm }: SessionKey): boolean {
  return algorithm.startsWith('aes')
}

/** Decrypts the first bytes of an integrity protected packet, of its first version: before anything of it is proven. */
export async function plainStart(key: SessionKey, start: Uint8Array): Promise<Uint8Array> {
  if (!isAes(key)) return spliced(key, start)
  return createDecipheriv(`aes-${key.data.length * 8}-cfb`, key.data, new Uint8Array(16)).update(start)
}

/**
 * Lets openpgp.js do it for the ciphers that Node does not have. It gives away no bytes but the content of a packet, so
 * `start` is made one: in CFB a block needs nothing but the block before it, so that after blocks which are the header
 * of a packet any others may follow. The first of those is in place of the initialization vector, and lost.
 */
async function spliced(key: SessionKey, start: Uint8Array): Promise<Uint8Array> {
  const { block } = ciphers[key.algorithm]!
  // A header that fills whole blocks: its tag, a length of five bytes, the format, a name, a date.
  const header = Buffer.alloc(16)
  header.set([0xcb, 0xff])
  header.writeUInt32BE(header.length - 6 + block + start.length, 2)
  header.set([0x62, 4], 6)
  // In front of the content there are a block, 2 bytes, and the 8 of its own header.
  const filling = Buffer.alloc(block - ((2 + 8) % block))
  const message = await openpgp.createMessage({ binary: Buffer.concat([filling, header]) })
  const config = { aeadProtect: false, preferredCompressionAlgorithm: openpgp.enums.compression.uncompressed }
  const sessionKey = key as openpgp.SessionKey
  const sealed = (await openpgp.encrypt({ message, sessionKey, format: 'binary', config })) as Uint8Array
  const at = sealBytes + block + 2 + 8 + filling.length
  const blocks = Buffer.concat([sealed.subarray(at - block, at + header.length), Buffer.alloc(block), start])
  // The older packet has two bytes more, and begins anew after a block.
  const body = Buffer.concat([Buffer.alloc(2), blocks])
  const head = Buffer.of(0xc0 | symmetricallyEncrypted, 0xff, 0, 0, 0, 0)
  head.writeUInt32BE(body.length, 2)
  const { data } = await openpgp.decrypt({
    message: await openpgp.readMessage({ binaryMessage: Buffer.concat([head, body]) }),
    sessionKeys: sessionKey,
    format: 'binary',
    config: { allowUnauthenticatedMessages: true },
  })
  return (data as Uint8Array).subarray(block)
}
