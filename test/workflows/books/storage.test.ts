import { lstatSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { folderStorage } from '../../../workflows/books/storage/folder-storage.ts'
import { S3Config, s3ConfigFrom } from '../../../workflows/books/storage/s3-config.ts'
import { s3Storage } from '../../../workflows/books/storage/s3-storage.ts'
import { openDouble } from './s3/s3-double.ts'
import { uploadOf } from './s3/upload-of.ts'
import { scratchFolder } from './scratch.ts'

const openS3 = async () => ({ storage: s3Storage((await openDouble()).config) })
const openFolder = async () => ({ storage: folderStorage(join(scratchFolder(), 'done')) })

test.each([
  ['a folder', openFolder],
  ['S3', openS3],
])('%s stores once, says what it has, replaces what differs, and removes', async (_name, open) => {
  const { storage } = await open()
  expect(await storage.head('a/b.tar.gz')).toBeUndefined()
  const first = uploadOf('first')
  expect(await storage.put('a/b.tar.gz', first)).toEqual({ stored: true })
  expect(await storage.put('a/b.tar.gz', first)).toEqual({ stored: false })
  expect(await storage.head('a/b.tar.gz')).toMatchObject({
    bytes: 5,
    sha256: first.sha256,
    metadata: { etag: 'abc' },
  })
  expect(await storage.put('a/b.tar.gz', uploadOf('second'))).toEqual({ stored: true })
  expect(await storage.head('a/b.tar.gz')).toMatchObject({ bytes: 6 })
  await storage.remove('a/b.tar.gz')
  await storage.remove('a/b.tar.gz')
  expect(await storage.head('a/b.tar.gz')).toBeUndefined()
  await expect(storage.put('../escape', first)).rejects.toMatchObject({ code: 'BadFilename' })
})

test('a folder refuses a file that has changed since it was hashed, and stores again what lost its sidecar', async () => {
  const folder = join(scratchFolder(), 'done')
  const storage = folderStorage(folder)
  const book = uploadOf('book')
  await expect(storage.put('b', { ...book, sha256: '0'.repeat(64) })).rejects.toMatchObject({
    code: 'OperationFailed',
  })
  await storage.put('b', book)
  expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('book')
  rmSync(join(folder, 'b.meta.json'))
  expect(await storage.head('b')).toBeUndefined()
  expect(await storage.put('b', book)).toEqual({ stored: true })
})

test('what is missing of the configuration is named, and the secret key is not shown', () => {
  const env = { AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI-secret' }
  expect(() => s3ConfigFrom(env)).toThrow(
    'The S3 storage is not configured: endpoint, bucket, accessKeyId missing or wrong in the environment.',
  )
})

test('S3 that stands still, before it answers or in the middle of a file, is let go of', async () => {
  const taking = new Set(['HEAD'])
  const server = createServer((request, response) => {
    // The rest of what it was sent stays on its way.
    if (taking.has(request.method!)) response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close().closeAllConnections())
  const { port } = server.address() as AddressInfo
  const keys = { accessKeyId: 'key', secretAccessKey: 'secret' }
  const config = S3Config.parse({ ...keys, endpoint: `http://127.0.0.1:${port}`, bucket: 'done' })
  const stood = (seconds: number, method: string) => ({
    code: 'OperationFailed',
    message: `The storage at 127.0.0.1:${port} has stood still for ${seconds} s in ${method} a/b.`,
  })
  const large = uploadOf('a book'.repeat(5_000_000))
  // Long enough for a HEAD, which is answered, on a busy machine.
  const putting = s3Storage({ ...config, stallMs: 3000 }).put('a/b', large)
  await expect(putting).rejects.toMatchObject(stood(3, 'PUT'))
  taking.clear()
  const asking = s3Storage({ ...config, stallMs: 100 }).head('a/b')
  await expect(asking).rejects.toMatchObject(stood(0.1, 'HEAD'))
})

test('a folder gives a file a second name in place of copying it, and again where that was done before', async () => {
  const folder = join(scratchFolder(), 'done')
  const storage = folderStorage(folder)
  const sent = uploadOf('first')
  await storage.put('a/b.tar.gz', sent)
  const at = join(folder, 'a', 'b.tar.gz')
  expect(statSync(at).ino).toBe(statSync(sent.file).ino)
  // As after a crash in between.
  rmSync(`${at}.meta.json`)
  expect(await storage.put('a/b.tar.gz', sent)).toEqual({ stored: true })
  expect(readdirSync(join(folder, 'a'))).toEqual(['b.tar.gz', 'b.tar.gz.meta.json'])
})

test('a folder copies what a link leads to', async () => {
  const folder = join(scratchFolder(), 'done')
  const sent = uploadOf('first')
  const file = `${sent.file}.link`
  symlinkSync(sent.file, file)
  expect(await folderStorage(folder).put('a/b.tar.gz', { ...sent, file })).toEqual({ stored: true })
  expect(lstatSync(join(folder, 'a', 'b.tar.gz')).isFile()).toBe(true)
  expect(readdirSync(join(folder, 'a'))).toEqual(['b.tar.gz', 'b.tar.gz.meta.json'])
})
