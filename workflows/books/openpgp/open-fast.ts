import { ReadableStream } from 'node:stream/web'
import * as openpgp from 'openpgp'
import { openBody } from './cfb-body.ts'

/** The part of openpgp.js's data packet that takes part in decryption; it is not in the published types. */
interface DataPacket {
  version: number
  encrypted: ReadableStream<Uint8Array> | null
  packets: readonly unknown[]
  decrypt(cipher: openpgp.enums.symmetric, key: Uint8Array, config: openpgp.Config): Promise<boolean>
}

const { aes128, aes192, aes256 } = openpgp.enums.symmetric

/**
 * Lets a message that was read as a stream decrypt its AES body through `openBody`. Other ciphers, and AEAD, stay with
 * openpgp.js; so does everything about packets, keys and compression.
 */
export function openFast(
  message: openpgp.Message<ReadableStream<Uint8Array>>,
  config: openpgp.PartialConfig,
): void {
  const packet = message.packets.findPacket(
    openpgp.enums.packet.symEncryptedIntegrityProtectedData,
  ) as unknown as DataPacket | undefined
  if (packet?.version !== 1) return
  const slow = packet.decrypt.bind(packet)
  packet.decrypt = async (cipher, key, fullConfig) => {
    const fast = [aes128, aes192, aes256].includes(cipher) && packet.encrypted instanceof ReadableStream
    if (!fast) return slow(cipher, key, fullConfig)
    const [mine, forOtherKeys] = packet.encrypted!.tee()
    packet.encrypted = forOtherKeys
    const inner = await openpgp.readMessage({ binaryMessage: streamOf(openBody(mine, key)), config })
    packet.packets = inner.packets
    return true
  }
}

function streamOf(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await chunks.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}
