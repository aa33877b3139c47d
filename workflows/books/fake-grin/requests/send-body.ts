import type { ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import type { BodyFault } from '../faults/fault.ts'

/** An answer that is made while it goes out, and what goes wrong with it. */
export interface Streamed {
  readonly status: number
  readonly headers: Readonly<Record<string, string | number>>
  readonly chunks: Iterable<Buffer> | AsyncIterable<Buffer>
  /** What goes wrong, and after how many bytes of the body. */
  readonly fault?: { readonly kind: BodyFault; readonly afterBytes: number } | undefined
  /** Called when all has been made, before the last of it goes out. */
  readonly ended?: () => void
}

/** Milliseconds after which other requests get their turn while a body is made. */
const turnMs = 10

/** Sends an answer as fast as the client takes it. */
export async function sendBody(reply: FastifyReply, streamed: Streamed): Promise<void> {
  const response = reply.hijack().raw
  try {
    response.writeHead(streamed.status, streamed.headers)
    await pour(response, streamed)
  } catch (error) {
    response.destroy()
    throw error
  }
}

async function pour(response: ServerResponse, { chunks, fault, ended }: Streamed): Promise<void> {
  let begunAt = performance.now()
  let made = 0
  let held = Buffer.alloc(0)
  for await (const chunk of chunks) {
    await write(response, held)
    if (response.destroyed) return
    held = chunk as Buffer<ArrayBuffer>
    made += chunk.length
    if (fault && made > fault.afterBytes) {
      held = held.subarray(0, held.length - (made - fault.afterBytes))
      break
    }
    if (performance.now() - begunAt < turnMs) continue
    await setImmediate()
    begunAt = performance.now()
  }
  if (fault) {
    await flush(response, held)
    spoil(response, fault.kind)
  } else if (!response.destroyed) {
    ended?.()
    response.end(held)
  }
}

function spoil(response: ServerResponse, kind: BodyFault): void {
  const { socket } = response
  if (kind === 'reset') socket?.resetAndDestroy()
  if (kind === 'truncated-body') socket?.end()
}

/** Writes what must have gone out when something goes wrong; the headers at least. */
function flush(response: ServerResponse, chunk: Buffer): Promise<void> {
  response.flushHeaders()
  return new Promise((resolve) => {
    response.once('close', resolve)
    response.write(chunk, () => resolve())
  })
}

function write(response: ServerResponse, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed || response.write(chunk)) return resolve()
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.once('drain', done).once('close', done)
  })
}
