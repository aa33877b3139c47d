import { type Infer, isolated, type WorkContext, worker, wrapped } from 'pipewright'
import type { BookContext } from '../context.ts'
import { acceptedOf } from '../finding.ts'
import { stagingOf } from '../staging.ts'
import { Unpacking } from '../states/book.ts'
import { Decrypted, DecryptedFields } from '../states/decrypted.ts'
import { Unpacked } from '../states/unpacked.ts'
import { sweeping } from '../sweep.ts'
import { failing } from './failing.ts'
import { onDisk } from './on-disk.ts'
import { sayStalled } from './stalled.ts'
import { type Tuning, tuned } from './tuning.ts'

const defaults = { concurrency: 2, timeoutMs: 900_000, retry: { attempts: 3 } }

const task = new URL('./unpack.task.ts', import.meta.url)
const makeApart = (stallMs: number) =>
  isolated<typeof import('./unpack.task.ts')>(task, { in: 'process', maxMemoryMb: 256, stallMs })

async function unpack(
  unpackApart: ReturnType<typeof makeApart>,
  book: Infer<typeof DecryptedFields>,
  ctx: BookContext & WorkContext,
): Promise<Unpacking> {
  const staging = stagingOf(ctx, book)
  await staging.remove(book.archive.path)
  const source = await staging.existing(book.decrypted)
  const path = staging.path('unpacked')
  const accepted = acceptedOf(book)
  const { barcode } = book
  const findings = staging.absolute(staging.path('findings.txt'))
  const order = { source, folder: staging.absolute(path), findings, barcode, limits: ctx.limits, accepted }
  try {
    const checked = await unpackApart(order, ctx)
    ctx.log.info('Unpacked and checked.')
    return { path, ...checked }
  } catch (error) {
    throw sayStalled(error, 'unpacked and checked')
  }
}

/** Unpacks the tarball in a process of its own, and checks that the package is whole. */
export function makeUnpack({ stallMs = 30_000, ...tuning }: Tuning = {}) {
  const apart = makeApart(stallMs)
  return wrapped(
    worker({
      input: DecryptedFields,
      output: Unpacking,
      process: onDisk(
        sweeping((book: Infer<typeof DecryptedFields>, ctx: BookContext & WorkContext) =>
          unpack(apart, book, ctx),
        ),
      ),
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
}
