import { isNativeError } from 'node:util/types'
import { type Infer, isolated, type WorkContext, worker, wrapped } from 'pipewright'
import type { BookContext } from '../context.ts'
import { Defect } from '../defect.ts'
import type { Keyring } from '../keyring.ts'
import { stagingOf } from '../staging.ts'
import { StagedFile } from '../states/book.ts'
import { Decrypted } from '../states/decrypted.ts'
import { Downloaded, DownloadedFields } from '../states/downloaded.ts'
import { sweeping } from '../sweep.ts'
import { failing } from './failing.ts'
import { onDisk } from './on-disk.ts'
import { sayStalled } from './stalled.ts'
import { type Tuning, tuned } from './tuning.ts'

const defaults = { concurrency: 2, timeoutMs: 900_000, retry: { attempts: 3 } }

const task = new URL('./decrypt.task.ts', import.meta.url)
const makeApart = (stallMs: number) =>
  isolated<typeof import('./decrypt.task.ts')>(task, { in: 'process', maxMemoryMb: 192, stallMs })

async function decrypt(
  decryptApart: ReturnType<typeof makeApart>,
  book: Infer<typeof DownloadedFields>,
  ctx: BookContext & WorkContext,
): Promise<StagedFile> {
  const staging = stagingOf(ctx, book)
  const source = await staging.existing(book.archive)
  const path = staging.path(`${book.barcode}.decrypted.tar.gz`)
  const keyring = await ctx.keyring()
  const passphrase = keyring.passphrase(book.passphrase)
  const { bytes } = book.archive
  const { argon2Mebibytes } = ctx.limits
  const order = { source, target: staging.absolute(path), passphrase, bytes, argon2Mebibytes }
  try {
    const written = await decryptApart(order, ctx)
    ctx.log.info('Decrypted.')
    return { path, ...written }
  } catch (error) {
    throw sayWhichTried(sayStalled(error, 'decrypted'), book.passphrase, keyring)
  }
}

/** What a person who may name another passphrase needs to know, where that may help. */
function sayWhichTried(error: unknown, tried: string, { names }: Keyring): unknown {
  if (!(isNativeError(error) && 'code' in error && error.code === 'WrongPassphraseOrDamaged')) return error
  const others = names.filter((name) => name !== tried)
  const more = others.length > 0 ? `the keyring also has ${others.join(', ')}` : 'the keyring has no other'
  return new Defect('WrongPassphraseOrDamaged', error.message, {
    detail: `The passphrase that was tried is called ${tried}; ${more}.`,
  })
}

/** Decrypts the archive in a process of its own. The tarball has its name only when its integrity is proven. */
export function makeDecrypt({ stallMs = 30_000, ...tuning }: Tuning = {}) {
  const apart = makeApart(stallMs)
  return wrapped(
    worker({
      input: DownloadedFields,
      output: StagedFile,
      process: onDisk(
        sweeping((book: Infer<typeof DownloadedFields>, ctx: BookContext & WorkContext) =>
          decrypt(apart, book, ctx),
        ),
      ),
      ...tuned(defaults, tuning),
    }),
    {
      input: Downloaded,
      output: Decrypted,
      pre: (book) => book,
      post: (book, decrypted) => Decrypted({ ...book, decrypted }),
      failed: failing('decrypt'),
    },
  )
}
