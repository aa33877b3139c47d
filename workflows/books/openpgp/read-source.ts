import type { FileHandle } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { ReadableStream } from 'node:stream/web'
import * as openpgp from 'openpgp'
import { Defect } from '../defect.ts'

const chunkBytes = 2 ** 20
const leastChunkBytes = 2 ** 16
const armorMaxBytes = 16 * 2 ** 20

/** An encrypted file: its first bytes, to look at, and all of it as a stream of binary chunks of at most 1 MiB. */
export interface Source {
  readonly head: Uint8Array
  readonly stream: ReadableStream<Uint8Array>
  /** How many bytes the stream has. */
  readonly bytes: number
  /** True when the file is not what the head and the stream give. */
  readonly armored: boolean
}

/** Reads an encrypted file, binary or (up to 16 MiB) ASCII-armored; damaged armor is `NotOpenPGP`. */
export async function readSource(
  file: FileHandle,
  { size, headBytes, signal }: { size: number; headBytes: number; signal?: AbortSignal },
): Promise<Source> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
  const head = buffer.subarray(0, bytesRead)
  if (!head.toString('latin1').trimStart().startsWith('-----BEGIN PGP')) {
    return { head, stream: streamFile(file, head, signal), bytes: size, armored: false }
  }
  const binary = await unarmor(file, size)
  const { length } = binary
  return { head: binary.subarray(0, headBytes), stream: streamOf(binary), bytes: length, armored: true }
}

/**
 * What has been read already comes first, then chunks that grow: openpgp.js asks for more than it needs to find the keys, and most messages
 * are then read anew by what decrypts them.
 */
function streamFile(file: FileHandle, head: Buffer, signal?: AbortSignal): ReadableStream<Uint8Array> {
  let position = 0
  let bytes = leastChunkBytes
  const read = async () => {
    signal?.throwIfAborted()
    const chunk = await file.read(Buffer.allocUnsafeSlow(bytes), 0, bytes, position)
    position += chunk.bytesRead
    bytes = Math.min(2 * bytes, chunkBytes)
    return new Uint8Array(chunk.buffer.buffer, 0, chunk.bytesRead)
  }
  let ahead: Promise<Uint8Array> | undefined
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (position === 0 && head.length > 0) {
          position = head.length
          return controller.enqueue(new Uint8Array(head))
        }
        const chunk = await (ahead ?? read())
        if (chunk.length === 0) return controller.close()
        if (bytes === chunkBytes) {
          ahead = read()
          ahead.catch(() => undefined)
        }
        controller.enqueue(chunk)
      },
    },
    { highWaterMark: 0 },
  )
}

function streamOf<T>(whole: T): ReadableStream<T> {
  return new ReadableStream<T>({
    start(controller) {
      controller.enqueue(whole)
      controller.close()
    },
  })
}

async function unarmor(file: FileHandle, size: number): Promise<Uint8Array> {
  if (size > armorMaxBytes) {
    throw new Defect(
      'TooLarge',
      `The file is ASCII-armored and larger than ${armorMaxBytes} bytes; send it in binary.`,
    )
  }
  const text = Buffer.alloc(size)
  await file.read(text, 0, size, 0)
  try {
    // Typed for a string; but only from a stream does it give a stream that can be read to the end.
    const stream = streamOf(text.toString('latin1')) as unknown as string
    const { data, type } = await openpgp.unarmor(stream)
    if (type !== openpgp.enums.armor.message) throw new Error('The armor does not hold a message.')
    return await buffer(data as unknown as AsyncIterable<Uint8Array>)
  } catch (cause) {
    throw new Defect(
      'NotOpenPGP',
      'The ASCII armor of the file is damaged.',
      { detail: String(cause) },
      cause,
    )
  }
}
