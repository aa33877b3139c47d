import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { folderStorage } from '../../../workflows/books/storage/folder-storage.ts'
import { s3ConfigFrom } from '../../../workflows/books/storage/s3-config.ts'
import { s3Storage } from '../../../workflows/books/storage/s3-storage.ts'
import { scratchFolder } from './scratch.ts'

const secretAccessKey = 'wJalrXUtnFEMI-secret'

function upload(text: string, metadata = { etag: 'abc' }) {
  const file = join(scratchFolder(), 'file')
  writeFileSync(file, text)
  return { file, bytes: text.length, sha256: createHash('sha256').update(text).digest('hex'), metadata }
}

/** Behaves like S3 for HEAD, PUT and DELETE: checksum, conditions, metadata. */
async function openS3(options: { drop?: boolean; status?: number } = {}) {
  const objects = new Map<string, { body: Buffer; etag: string; meta: Record<string, string> }>()
  const puts: IncomingMessage[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { headers, method, url = '' } = request
    const body = await buffer(request)
    const signed =
      /^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/eu-1\/s3\/aws4_request, SignedHeaders=\S+, Signature=[0-9a-f]{64}$/
    if (!signed.test(headers.authorization ?? '')) return response.writeHead(403).end()
    const known = objects.get(url)
    if (method === 'HEAD') {
      if (!known) return response.writeHead(404).end()
      return response
        .writeHead(200, { 'content-length': known.body.length, etag: known.etag, ...known.meta })
        .end()
    }
    if (method === 'DELETE' && options.status) return response.writeHead(options.status).end()
    if (method === 'DELETE') return response.writeHead(objects.delete(url) ? 204 : 404).end()
    puts.push(request)
    if (options.status) return response.writeHead(options.status).end()
    if (known && (headers['if-none-match'] === '*' || headers['if-match'] !== known.etag))
      return response.writeHead(412).end()
    const sha256 = createHash('sha256').update(body)
    if (sha256.digest('base64') !== headers['x-amz-checksum-sha256']) return response.writeHead(400).end()
    const meta = Object.fromEntries(
      Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-')),
    )
    const etag = `"${createHash('md5').update(body).digest('hex')}"`
    if (!options.drop) objects.set(url, { body, etag, meta: meta as Record<string, string> })
    return response.writeHead(200, { etag }).end()
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const storage = s3Storage(
    s3ConfigFrom({
      PIPEWRIGHT_S3_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      PIPEWRIGHT_S3_BUCKET: 'done',
      PIPEWRIGHT_S3_REGION: 'eu-1',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    }),
  )
  return { storage, objects, puts }
}

const openFolder = async () => ({ storage: folderStorage(join(scratchFolder(), 'done')) })

test.each([
  ['a folder', openFolder],
  ['S3', openS3],
])('%s stores once, says what it has, replaces what differs, and removes', async (_name, open) => {
  const { storage } = await open()
  expect(await storage.head('a/b.tar.gz')).toBeUndefined()
  const first = upload('first')
  expect(await storage.put('a/b.tar.gz', first)).toEqual({ stored: true })
  expect(await storage.put('a/b.tar.gz', first)).toEqual({ stored: false })
  expect(await storage.head('a/b.tar.gz')).toMatchObject({
    bytes: 5,
    sha256: first.sha256,
    metadata: { etag: 'abc' },
  })
  expect(await storage.put('a/b.tar.gz', upload('second'))).toEqual({ stored: true })
  expect(await storage.head('a/b.tar.gz')).toMatchObject({ bytes: 6 })
  await storage.remove('a/b.tar.gz')
  await storage.remove('a/b.tar.gz')
  expect(await storage.head('a/b.tar.gz')).toBeUndefined()
  await expect(storage.put('../escape', first)).rejects.toMatchObject({ code: 'BadFilename' })
})

test('a folder refuses a file that has changed since it was hashed, and stores again what lost its sidecar', async () => {
  const folder = join(scratchFolder(), 'done')
  const storage = folderStorage(folder)
  const book = upload('book')
  await expect(storage.put('b', { ...book, sha256: '0'.repeat(64) })).rejects.toMatchObject({
    code: 'OperationFailed',
  })
  await storage.put('b', book)
  expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('book')
  rmSync(join(folder, 'b.meta.json'))
  expect(await storage.head('b')).toBeUndefined()
  expect(await storage.put('b', book)).toEqual({ stored: true })
})

test('S3 is asked to store only what is not there, and bytes that were lost are noticed', async () => {
  const { storage, puts } = await openS3({ drop: true })
  await expect(storage.put('b', upload('book'))).rejects.toMatchObject({ code: 'OperationFailed' })
  expect(puts[0]?.headers['if-none-match']).toBe('*')
})

test('S3 says which right is missing', async () => {
  const { storage } = await openS3({ status: 403 })
  await expect(storage.put('b', upload('book'))).rejects.toMatchObject({
    message: 'The storage answered PUT b with 403; its access key needs the right to it, s3:PutObject.',
  })
  await expect(storage.remove('b')).rejects.toMatchObject({
    code: 'OperationFailed',
    message: 'The storage answered DELETE b with 403; its access key needs the right to it, s3:DeleteObject.',
  })
})

test('no error of S3 shows the secret key', async () => {
  const { storage } = await openS3({ status: 503 })
  const failure = await storage.put('b', upload('book')).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'OperationFailed', actual: 503 })
  expect((failure as Error).message + (failure as Error).stack).not.toContain(secretAccessKey)
  expect(() => s3ConfigFrom({ AWS_SECRET_ACCESS_KEY: secretAccessKey })).toThrow(
    /endpoint, bucket, accessKeyId missing/,
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
  const keys = { accessKeyId: 'key', secretAccessKey, region: 'eu-1' }
  const config = { ...keys, endpoint: `http://127.0.0.1:${port}`, bucket: 'done', timeoutMs: 60_000 }
  const stood = (seconds: number, method: string) => ({
    code: 'OperationFailed',
    message: `The storage at 127.0.0.1:${port} has stood still for ${seconds} s in ${method} a/b.`,
  })
  const large = upload('a book'.repeat(5_000_000))
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
  const sent = upload('first')
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
  const sent = upload('first')
  const file = `${sent.file}.link`
  symlinkSync(sent.file, file)
  expect(await folderStorage(folder).put('a/b.tar.gz', { ...sent, file })).toEqual({ stored: true })
  expect(lstatSync(join(folder, 'a', 'b.tar.gz')).isFile()).toBe(true)
  expect(readdirSync(join(folder, 'a'))).toEqual(['b.tar.gz', 'b.tar.gz.meta.json'])
})
