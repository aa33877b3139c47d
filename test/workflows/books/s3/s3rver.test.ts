import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import S3rver from 's3rver'
import { expect, onTestFinished, test } from 'vitest'
import { S3Config } from '../../../../workflows/books/storage/s3-config.ts'
import { s3Storage } from '../../../../workflows/books/storage/s3-storage.ts'
import { scratchFolder } from '../scratch.ts'
import { bytesOf, uploadOf } from './upload-of.ts'

/** An S3-compatible server. It knows neither conditions nor checksums, and lists and aborts no uploads. */
async function openServer(partBytes?: number) {
  const directory = scratchFolder()
  const configureBuckets = [{ name: 'done', configs: [] }]
  const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets })
  const { port } = await server.run()
  onTestFinished(() => server.close())
  const keys = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }
  const config = S3Config.parse({ endpoint: `http://127.0.0.1:${port}`, bucket: 'done', ...keys })
  const storage = s3Storage({ ...config, ...(partBytes && { partBytes }) })
  const stored = (key: string) => readFileSync(join(directory, 'done', `${key}._S3rver_object`))
  return { storage, stored }
}

test.each([
  ['in one request', 1000, undefined],
  ['in parts', 200_000, 2 ** 16],
])('a server out of npm gets a file %s, knows it, and loses it again', async (_how, length, partBytes) => {
  const { storage, stored } = await openServer(partBytes)
  const [key, file] = ["o/it's a (book)+1.tar.gz", bytesOf(length)]
  const book = uploadOf(file, { etag: 'abc', date: '2026-11-27T00:00:00.000Z' })
  expect(await storage.head(key)).toBeUndefined()
  expect(await storage.put(key, book)).toEqual({ stored: true })
  expect(stored(key).equals(file)).toBe(true)
  const { bytes, sha256, metadata } = book
  expect(await storage.head(key)).toMatchObject({ bytes, sha256, metadata })
  expect(await storage.put(key, book)).toEqual({ stored: false })
  await storage.remove(key)
  expect(await storage.head(key)).toBeUndefined()
})
