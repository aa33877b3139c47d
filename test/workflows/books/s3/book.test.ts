import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { s3Storage } from '../../../../workflows/books/storage/s3-storage.ts'
import { openLibrary, quick } from '../library.ts'
import { sampleFile, scratchFolder } from '../scratch.ts'
import { openDouble } from './s3-double.ts'

test('a book goes to S3 in parts, though S3 fails at first, and has there what it says', async () => {
  let failures = 0
  const { config, bucket, asked } = await openDouble(({ action }) =>
    action === 'CompleteMultipartUpload' && failures++ === 0 ? { in200: 'InternalError' } : undefined,
  )
  const root = scratchFolder()
  const done = { done: { storage: s3Storage(config), exports: join(root, 'done') } }
  const library = await openLibrary(root, quick, { done })
  onTestFinished(() => library.close())
  const barcode = '32101700000019'
  copyFileSync(sampleFile(`${barcode}.tar.gz.gpg`), join(library.folder('source'), `${barcode}.tar.gz.gpg`))
  const etag = sha256Of(readFileSync(sampleFile(`${barcode}.tar.gz.gpg`)))
  await library.enter(barcode)
  library.work()
  await vi.waitUntil(library.isIdle, { timeout: 60_000, interval: 20 })
  const { stored } = (await library.finished()).get(barcode)
  expect(stored.map(({ key }: any) => key).sort()).toEqual([...bucket.objects.keys()].sort())
  for (const { key, sha256 } of stored) {
    const { body, meta } = bucket.objects.get(key)!
    expect(sha256Of(body)).toBe(sha256)
    expect(meta).toMatchObject({ 'x-amz-meta-sha256': sha256, 'x-amz-meta-etag': etag })
  }
  expect(asked.filter(({ action }) => action === 'CompleteMultipartUpload').length).toBe(2)
  expect(bucket.uploads.size).toBe(0)
}, 70_000)

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
