import type { Dispatcher } from 'undici'
import { failedAnswer, shownOfAnswer } from './troubles.ts'

/** What GRIN has answered, with its body still to be read. */
export type Answer = Dispatcher.ResponseData

/** What an answer is to, and when to stop reading it. */
interface Reading {
  /** What was asked, as an error calls it. */
  readonly what: string
  readonly signal: AbortSignal
}

/** The bytes of an answer, as they come. Rejects with `GRINError` where the connection ends before they do. */
export async function* bodyOf({ body }: Answer, { what, signal }: Reading): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) {
      signal.throwIfAborted()
      yield chunk as Buffer
    }
  } catch (cause) {
    signal.throwIfAborted()
    throw failedAnswer(what, { detail: 'the answer was cut short', cause })
  }
}

/** The text of an answer, or so many characters of it. Rejects as `bodyOf` does. */
export function textOf(answer: Answer, reading: Reading, most: number): Promise<string> {
  return gather(bodyOf(answer, reading), most)
}

/** How an answer begins that is shown to a person only: what there is of it is enough. */
export function beginningOf({ body }: Answer): Promise<string> {
  return gather(asFarAsItComes(body), shownOfAnswer)
}

async function* asFarAsItComes(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch {
    // The answer itself says more than how it ended.
  }
}

async function gather(chunks: AsyncIterable<Uint8Array>, most: number): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length >= most) break
  }
  return text.slice(0, most)
}

/** Reads on for as long as the connection can be used again at that price, and ends it otherwise. */
export async function drop({ body }: Answer): Promise<void> {
  await body.dump({ limit: 65_536 }).catch(() => {})
}
