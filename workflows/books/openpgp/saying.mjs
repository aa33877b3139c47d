import { parentPort } from 'node:worker_threads'

/** Runs a thread's work and posts the result or the error to its parent: a thrown error would lose its fields on the way. */
export function saying(work) {
  try {
    parentPort.postMessage({ kind: 'done', result: work() })
  } catch (error) {
    const { message, code, syscall } = error
    parentPort.postMessage({ kind: 'failed', message, fields: { code, ...(syscall && { syscall }) } })
  }
}
