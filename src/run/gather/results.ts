import type { Backend } from '../../queue/backend.ts'
import type { Fault } from '../../queue/change.ts'
import { openStored } from '../../queue/lens.ts'
import type { Letter } from '../../queue/letter.ts'
import type { Schema } from '../../schema/schema.ts'
import { ChildError } from './child-error.ts'

/** What has become of one child. */
export interface Arrived<T> {
  /** Its place among the children, from 0. */
  readonly index: number
  readonly id: string
  readonly value: T
}

/** A child that has failed for good, or was cancelled. */
export interface FellOut {
  readonly index: number
  readonly id: string
  readonly failure: Fault
}

/** What has become of all children, in the order in which they ended; read a page at a time as they are asked for. */
export interface Results<R> extends AsyncIterable<R> {
  /** How many children there are. */
  readonly count: number
}

/** The letters of children to a stay of their parent. */
export interface Letters {
  readonly backend: Pick<Backend, 'recall' | 'records'>
  readonly workflow: string
  readonly id: string
  readonly hop: number
}

/** The name of the letters of children. */
export const resultName = 'result'

/** The letters of children after the cursor `after`, with the cursor after each page. */
export async function* pagesOf(
  { backend, workflow, id, hop }: Letters,
  after?: string,
): AsyncGenerator<{ readonly letters: readonly Letter[]; readonly next: string | undefined }> {
  for (let from = after; ; ) {
    const { letters, next } = await backend.recall(workflow, id, {
      ...{ hop, names: [resultName], only: 'letters' },
      after: from,
    })
    yield { letters, next }
    if (next === undefined) return
    from = next
  }
}

/** The results in letters: with `schemaOf` that of each child's result. A failure throws a `ChildError` unless it is to be told. */
export function resultsOf<T>(
  letters: Letters,
  {
    count,
    queue,
    schemaOf,
    settles,
  }: {
    readonly count: number
    readonly queue: string
    readonly schemaOf: (key: string) => Schema<T>
    readonly settles: boolean
  },
): Results<Arrived<T> | FellOut> {
  return {
    count,
    async *[Symbol.asyncIterator]() {
      for await (const page of pagesOf(letters))
        for (const letter of page.letters) {
          const { key, from: id = '', failure, value } = letter
          const index = indexOf(key)
          if (failure && !settles) throw new ChildError(letters.id, id, failure)
          if (failure) yield { index, id, failure }
          else yield { index, id, value: (await openStored(schemaOf(key), queue, { id, value })) as T }
        }
    },
  }
}

/** The key of the letter of a child: its place, and its name if it has one. */
export function keyOf(index: number, name = ''): string {
  return `${index} ${name}`
}

function indexOf(key: string): number {
  return Number(key.slice(0, key.indexOf(' ')))
}

/** The name in the key of a child. */
export function nameIn(key: string): string {
  return key.slice(key.indexOf(' ') + 1)
}
