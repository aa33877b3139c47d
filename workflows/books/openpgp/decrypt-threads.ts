/*
 * The way that a long book takes: read, decrypt | prove, hash, write, in two threads with a ring of shared memory
 * between them, so that it takes as long as the slower half. They are synchronous, and their heaps nearly empty:
 * collecting garbage costs next to nothing there, and a third of the whole beside openpgp.js. This thread only
 * listens, so it stops both as soon as the signal aborts.
 */
import type { FileHandle } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { Defect } from '../defect.ts'
import type { FoundContent } from './find-content.ts'
import type { WrittenFile } from './written-file.ts'

const slots = 4
/** The ciphertext before a window is needed to decrypt it: one block. */
const frontBytes = 16
const windowBytes = 2 ** 20
/** Milliseconds between two reports that a disk is waited for. */
const reportEveryMs = 250

/** Where plaintext goes, and how much of it may. */
export interface Writing {
  readonly target: FileHandle
  readonly maxBytes: number
  readonly signal: AbortSignal | undefined
  /** Called with the number of bytes written, again and again while a disk is waited for. */
  readonly written: (bytes: number) => void
}

/** What was found in a source, and where its plaintext goes. */
export interface DecryptingFound extends Writing {
  readonly source: FileHandle
  /** Bytes of the source. */
  readonly size: number
  readonly found: FoundContent
}

type Said =
  | { readonly kind: 'written'; readonly bytes: number }
  | { readonly kind: 'done'; readonly result?: WrittenFile }
  | { readonly kind: 'failed'; readonly message: string; readonly fields: object }

/** Decrypts the content that was found into `target`. When it settles, both threads have ended. */
export async function decryptInThreads(options: DecryptingFound): Promise<WrittenFile> {
  const { source, size, target, found, maxBytes, signal, written } = options
  const memory = new SharedArrayBuffer(slots * (frontBytes + windowBytes))
  const counts = new Int32Array(new SharedArrayBuffer(4 * (2 + slots)))
  const ring = { memory, counts, slots, frontBytes, windowBytes }
  // Where the reading thread, and then the writing one, says that it waits for its disk.
  const waiting = new Int32Array(new SharedArrayBuffer(8))
  let bytes = 0
  const telling = setInterval(() => {
    if (waiting.some((isWaiting) => isWaiting === 1)) written(bytes)
  }, reportEveryMs)
  const report = (more: number) => {
    bytes = more
    written(bytes)
  }
  const { key, body, content } = found
  const threads = [
    start('cipher-thread', { ring, waiting, source: source.fd, size, key, body }),
    start('content-thread', { ring, waiting, target: target.fd, maxBytes, content }),
  ] as const
  const stopped = new AbortController()
  try {
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { signal: stopped.signal })
    })
    const done = Promise.all(threads.map((thread) => outcome(thread, report)))
    const [, result] = await Promise.race([done, aborted])
    return result!
  } finally {
    clearInterval(telling)
    stopped.abort()
    await Promise.all(threads.map((thread) => thread.terminate()))
  }
}

function start(name: string, workerData: object): Worker {
  return new Worker(new URL(`./${name}.mjs`, import.meta.url), { workerData, execArgv: [], env: {} })
}

function outcome(thread: Worker, written: (bytes: number) => void): Promise<WrittenFile | undefined> {
  return new Promise((resolve, reject) => {
    const died = (why: string, cause?: unknown) =>
      reject(new Defect('OperationFailed', `A thread of the decryption ended: ${why}.`, {}, cause))
    thread
      .on('message', (said: Said) => {
        if (said.kind === 'written') written(said.bytes)
        else if (said.kind === 'done') resolve(said.result)
        else reject(Object.assign(new Error(said.message), said.fields))
      })
      .on('error', (error) => died(error.message, error))
      .on('exit', (code) => died(`exit code ${code}`))
  })
}
