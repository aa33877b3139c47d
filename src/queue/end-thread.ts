import type { Worker } from 'node:worker_threads'

/** For so long a thread that is asked to close is waited for, in milliseconds. */
const closeMs = 5000

/** Asks a thread to close, ends it if it does not, and resolves when it is gone. */
export async function endThread(thread: Worker): Promise<void> {
  const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()))
  thread.ref()
  thread.postMessage({ kind: 'close' })
  const timer = setTimeout(() => void thread.terminate(), closeMs)
  await ended
  clearTimeout(timer)
}
