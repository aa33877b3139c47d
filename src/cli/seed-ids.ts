import { createReadStream, statSync } from 'node:fs'
import type { Seed } from '../app/define-app.ts'
import { UsageError } from '../app/usage-error.ts'
import { isOf } from '../queue/thrown.mjs'

/** An id that is to enter, and where it stands if it comes from a file: `ids.txt:3`. */
export interface SeedId {
  readonly id: string
  readonly place?: string
}

/** Which ids are meant. */
export interface IdChoice {
  readonly sample?: number
  readonly ids?: readonly string[]
  /** A file with one id a line; `-` is the standard input. */
  readonly file?: string
}

/** The ids that `choice` means for the app at `path`. Throws a `UsageError` if it has none such. */
export function seedIds({ all, sample }: Seed<any>, choice: IdChoice, path: string): AsyncIterable<SeedId> {
  if (choice.ids) return named(choice.ids)
  if (choice.file !== undefined) return idsInFile(choice.file)
  if (choice.sample !== undefined) {
    if (sample) return named(sample(choice.sample))
    throw new UsageError(`The app ${path} has no sample; use --ids or --file.`)
  }
  if (all) return named(all())
  throw new UsageError(`Say which tokens: --ids A,B or --file FILE${sample ? ' or --sample N' : ''}.`)
}

/** `ids` without places, until `signal` aborts. */
export async function* named(
  ids: Iterable<string> | AsyncIterable<string>,
  signal?: AbortSignal,
): AsyncIterable<SeedId> {
  for await (const id of ids) {
    if (signal?.aborted) return
    yield { id }
  }
}

function idsInFile(file: string): AsyncIterable<SeedId> {
  if (file === '-') return idsIn(process.stdin, 'stdin')
  const stats = statSync(file, { throwIfNoEntry: false })
  if (!stats) throw new UsageError(`There is no file ${file} with ids.`)
  if (stats.isDirectory()) throw new UsageError(`${file} is a folder; name a file with one id a line.`)
  return idsIn(createReadStream(file), file)
}

const longestLine = 10_000
const lineEnd = 0x0a

/** The lines of `chunks` but empty ones. Rejects with a sentence if it cannot be read, or is no text with lines. */
async function* idsIn(chunks: AsyncIterable<Uint8Array>, name: string): AsyncIterable<SeedId> {
  let number = 0
  try {
    for await (const line of linesIn(chunks)) {
      // Each line by itself: the lines before one that is no text still enter.
      const id = new TextDecoder('utf-8', { fatal: true }).decode(line).trim()
      number++
      if (id !== '') yield { id, place: `${name}:${number}` }
    }
  } catch (error) {
    const why = isOf(error, 'TypeError') ? 'the next one is not UTF-8 text' : (error as Error).message
    throw new Error(`${name} could not be read after line ${number}: ${why}.`, { cause: error })
  }
}

async function* linesIn(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let rest = Buffer.alloc(0)
  for await (const chunk of chunks) {
    let bytes = Buffer.concat([rest, chunk])
    for (let end = bytes.indexOf(lineEnd); end >= 0; end = bytes.indexOf(lineEnd)) {
      yield bytes.subarray(0, end)
      bytes = bytes.subarray(end + 1)
    }
    rest = bytes
    if (rest.length > longestLine) throw new Error('a line is longer than 10,000 bytes')
  }
  yield rest
}
