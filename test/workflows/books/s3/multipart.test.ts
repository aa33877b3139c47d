import { appendFileSync, truncateSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { planParts } from '../../../../workflows/books/storage/s3/parts.ts'
import { S3Config } from '../../../../workflows/books/storage/s3-config.ts'
import { s3Storage } from '../../../../workflows/books/storage/s3-storage.ts'
import { openDouble, partBytes } from './s3-double.ts'
import { bytesOf, uploadOf } from './upload-of.ts'

const key = 'b/v/b.tar.gz'

test('a large file is sent in parts, two at a time, and has its hash and metadata as any other', async () => {
  let sixth = () => {}
  const reached = new Promise<undefined>((resolve) => (sixth = () => resolve(undefined)))
  const { config, bucket, asked, most } = await openDouble(({ part }) => {
    if (part === 6) sixth()
    return part === 1 ? reached : undefined
  })
  const storage = s3Storage(config)
  const file = bytesOf(5 * partBytes + 1)
  const book = uploadOf(file)
  expect(await storage.put(key, book)).toEqual({ stored: true })
  const { bytes, sha256, metadata } = book
  expect(await storage.head(key)).toMatchObject({ bytes, sha256, metadata })
  expect(bucket.objects.get(key)?.body.equals(file)).toBe(true)
  expect(bucket.uploads.size).toBe(0)
  expect(
    asked
      .filter(({ action }) => action === 'UploadPart')
      .map(({ part }) => part)
      .sort(),
  ).toEqual([1, 2, 3, 4, 5, 6])
  expect(most()).toBe(2)
})

test('a file of exactly one part is sent in one request', async () => {
  const { config, asked } = await openDouble()
  await s3Storage(config).put(key, uploadOf(bytesOf(partBytes)))
  expect(asked.map(({ action }) => action)).toEqual(['HEAD', 'PUT', 'HEAD'])
})

test('what is there already is not sent again, what differs is replaced', async () => {
  const { config, bucket, asked } = await openDouble()
  const storage = s3Storage(config)
  const book = uploadOf(bytesOf(3 * partBytes))
  await storage.put(key, book)
  const before = asked.length
  expect(await storage.put(key, book)).toEqual({ stored: false })
  expect(asked.slice(before).map(({ action }) => action)).toEqual(['ListMultipartUploads', 'HEAD'])
  expect(await storage.put(key, { ...book, metadata: { etag: 'other' } })).toEqual({ stored: true })
  expect(await storage.head(key)).toMatchObject({ metadata: { etag: 'other' } })
  const complete = asked.filter(({ action }) => action === 'CompleteMultipartUpload')
  expect(complete[0]?.headers).toMatchObject({ 'if-none-match': '*' })
  expect(complete[1]?.headers['if-match']).toMatch(/^"[0-9a-f]{32}-3"$/)
  expect(bucket.uploads.size).toBe(0)
})

test.each([
  ['other bytes', (file: string) => writeFileSync(file, bytesOf(3 * partBytes).fill(1, 0, 5)), 3],
  ['fewer bytes', (file: string) => truncateSync(file, 2 * partBytes + 1), 3],
  ['other bytes', (file: string) => writeFileSync(file, 'bank'), 0],
  ['fewer bytes', (file: string) => truncateSync(file, 3), 0],
  ['none', (file: string) => truncateSync(file), 0],
])('a file that has %s since it was hashed leaves nothing in storage', async (_how, change, parts) => {
  const { config, bucket } = await openDouble()
  const book = uploadOf(parts > 0 ? bytesOf(parts * partBytes) : 'book')
  change(book.file)
  await expect(s3Storage(config).put(key, book)).rejects.toMatchObject({
    code: 'OperationFailed',
    file: key,
    expected: book.sha256,
    message: expect.stringContaining(`${key} is not what it was when it was hashed`),
  })
  expect(bucket.objects.size + bucket.uploads.size).toBe(0)
})

test('a file that changes while it is sent leaves nothing in storage', async () => {
  const book = uploadOf(bytesOf(3 * partBytes))
  const { config, bucket } = await openDouble(({ part }) => {
    // The third part is read, to be sent, only when one before it was answered.
    if (part > 0) writeFileSync(book.file, bytesOf(3 * partBytes).fill(7))
    return undefined
  })
  await expect(s3Storage(config).put(key, book)).rejects.toMatchObject({ code: 'OperationFailed' })
  expect(bucket.objects.size + bucket.uploads.size).toBe(0)
})

test('what is appended to a file after it was hashed is not stored', async () => {
  const { config, bucket } = await openDouble()
  const book = uploadOf(bytesOf(2 * partBytes))
  appendFileSync(book.file, 'more')
  expect(await s3Storage(config).put(key, book)).toEqual({ stored: true })
  expect(bucket.objects.get(key)?.body.length).toBe(2 * partBytes)
})

const usual = S3Config.parse({ endpoint: 'http://s3', bucket: 'b', accessKeyId: 'a', secretAccessKey: 's' })

test('if nothing else is said, a file of more than 64 MiB goes in parts', async () => {
  const { config, asked } = await openDouble(({ action }) =>
    action === 'HEAD' ? undefined : { status: 501 },
  )
  const storage = s3Storage({ ...config, partBytes: usual.partBytes })
  const book = uploadOf('book')
  for (const bytes of [2 ** 26, 2 ** 26 + 1]) {
    truncateSync(book.file, bytes)
    await expect(storage.put(key, { ...book, bytes })).rejects.toMatchObject({ actual: 501 })
  }
  expect(asked.map(({ action }) => action).filter((action) => action !== 'HEAD')).toEqual([
    'PUT',
    'ListMultipartUploads',
    'CreateMultipartUpload',
  ])
})

test('parts may have from 5 MiB to 5 GiB', () => {
  const accepts = (partBytes: number) => S3Config.safeParse({ ...usual, partBytes }).success
  expect([5 * 2 ** 20 - 1, 5 * 2 ** 20, 5 * 2 ** 30, 5 * 2 ** 30 + 1].map(accepts)).toEqual([
    false,
    true,
    true,
    false,
  ])
})

test('10,000 parts are enough for any file, up to 5 TiB', () => {
  const { partBytes } = usual
  for (const bytes of [
    partBytes + 1,
    2 * partBytes,
    10_000 * partBytes,
    10_000 * partBytes + 1,
    5 * 2 ** 40,
  ]) {
    const parts = planParts(bytes, partBytes)
    expect(parts.length).toBeLessThanOrEqual(10_000)
    expect(parts.map((part) => part.number)).toEqual(parts.map((_, at) => at + 1))
    expect(parts.reduce((at, { start, bytes }) => (start === at ? at + bytes : -1), 0)).toBe(bytes)
    expect(Math.max(...parts.map((part) => part.bytes))).toBeLessThanOrEqual(5 * 2 ** 30)
    expect(new Set(parts.slice(0, -1).map((part) => part.bytes)).size).toBe(1)
  }
})
