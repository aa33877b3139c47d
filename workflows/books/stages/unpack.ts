import { type Infer, isolated, type WorkContext, worker, wrapped } from 'pipewright'
import type { BookContext } from '../context.ts'
import { stagingOf } from '../staging.ts'
import { Unpacking } from '../states/book.ts'
import { Decrypted, DecryptedFields } from '../states/decrypted.ts'
import { Unpacked } from '../states/unpacked.ts'
import { failing } from './failing.ts'
import { type Tuning, tuned } from './tuning.ts'

const defaults = { concurrency: 2, timeoutMs: 900_000, retry: { attempts: 3 } }

const unpackApart = isolated<typeof import('./unpack.task.ts')>(
  new URL('./unpack.task.ts', import.meta.url),
  {
    in: 'process',
    maxMemoryMb: 256,
  },
)

async function unpack(
  book: Infer<typeof DecryptedFields>,
  ctx: BookContext & WorkContext,
): Promise<Unpacking> {
  const staging = stagingOf(ctx, book)
  await staging.remove(book.archive.path)
  const source = await staging.existing(book.decrypted)
  const path = staging.path('unpacked')
  const accepted = book.accepted?.package !== undefined
  const { barcode } = book
  const order = { source, folder: staging.absolute(path), barcode, limits: ctx.limits, accepted }
  const checked = await unpackApart(order, ctx)
  ctx.log.info('Unpacked and checked.')
  return { path, ...checked }
}

/** Unpacks the tarball in a process of its own, and checks that the package is whole. */
export const makeUnpack = (tuning: Tuning = {}) =>
  wrapped(
    worker({
      input: DecryptedFields,
      output: Unpacking,
      process: unpack,
      ...tuned(defaults, tuning),
    }),
    {
      input: Decrypted,
      output: Unpacked,
      pre: (book) => book,
      post: (book, unpacked) => Unpacked({ ...book, unpacked }),
      failed: failing('unpack'),
    },
  )
