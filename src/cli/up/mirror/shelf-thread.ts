import { Worker } from 'node:worker_threads'
import type { Found } from './drops.mjs'
import type { Placed, ShelfParts } from './shelf.mjs'

/** What a shelf is asked for, and what it answers; see shelf-thread.mjs. */
interface Asking {
  open: [asked: undefined, answer: undefined]
  put: [asked: readonly Placed[], answer: readonly number[]]
  sweep: [asked: undefined, answer: undefined]
  write: [asked: { readonly name: string; readonly text: string }, answer: boolean]
  look: [asked: undefined, answer: Found]
  settle: [
    asked: readonly { readonly name: string; readonly reason?: string | undefined }[],
    answer: undefined,
  ]
}

interface Said {
  readonly number: number
  readonly answer?: unknown
  readonly fault?: string
}

interface Waiting {
  readonly resolve: (answer: any) => void
  readonly reject: (error: Error) => void
}

/** The folders of a mirror, in a thread of their own. */
export class ShelfThread {
  readonly #thread: Worker
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0
  #isOver = false

  constructor(parts: ShelfParts) {
    this.#thread = new Worker(new URL('./shelf-thread.mjs', import.meta.url), {
      workerData: parts,
      execArgv: [],
    })
    this.#thread.on('message', ({ number, answer, fault }: Said) => {
      const waiting = this.#waiting.get(number)
      this.#waiting.delete(number)
      if (fault === undefined) waiting?.resolve(answer)
      else waiting?.reject(new Error(fault))
    })
    this.#thread.unref()
    this.#thread.on('error', (error) => this.#end(error))
    this.#thread.on('exit', () => this.#end(new Error('The thread that writes the files has ended.')))
  }

  /** Rejects with what the file system says, or if the thread has ended. */
  ask<Kind extends keyof Asking>(
    kind: Kind,
    ...[asked]: Asking[Kind][0] extends undefined ? [] : [asked: Asking[Kind][0]]
  ): Promise<Asking[Kind][1]> {
    if (this.#isOver) return Promise.reject(new Error('The thread that writes the files has ended.'))
    const number = this.#asked++
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject })
      this.#thread.postMessage({ number, kind, asked })
    })
  }

  /** Ends it, whatever it is doing. */
  close(): void {
    void this.#thread.terminate()
  }

  #end(error: Error): void {
    this.#isOver = true
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
