import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { s3Storage } from '../../../../workflows/books/storage/s3-storage.ts'
import type { Asked, Fault } from './fault.ts'
import { openDouble, partBytes } from './s3-double.ts'
import { bytesOf, uploadOf } from './upload-of.ts'

const key = 'b/v/b.tar.gz'
const large = () => uploadOf(bytesOf(3 * partBytes))
const on =
  (action: string, fault: Fault, part = 0) =>
  (asked: Asked) =>
    asked.action === action && (part === 0 || asked.part === part) ? fault : undefined
const failedIn = (action: string, how: string) => ({
  code: 'OperationFailed',
  message: expect.stringMatching(new RegExp(`^The storage.* ${action} ${key}.*${how}`)),
})

test.each<[string, string, Fault, string]>([
  ['that it is busy', 'PUT', { status: 503, code: 'SlowDown' }, '503 SlowDown'],
  ['an error', 'PUT', { status: 500, code: 'InternalError' }, '500 InternalError'],
  ['no right', 'PUT', { status: 403, code: 'AccessDenied' }, 's3:PutObject'],
  ['nothing', 'PUT', 'cut', ''],
])('a small file is answered with %s', async (_what, action, fault, how) => {
  const double = await openDouble(on(action, fault))
  await expect(s3Storage(double.config).put(key, uploadOf('book'))).rejects.toMatchObject(
    failedIn(action, how),
  )
  expect(double.bucket.objects.size).toBe(0)
})

test.each<[string, string, Fault, string]>([
  ['the first request', 'CreateMultipartUpload', { status: 503, code: 'SlowDown' }, '503 SlowDown'],
  ['the first request', 'CreateMultipartUpload', 'cut', ''],
  ['the first request', 'CreateMultipartUpload', 'forgotten', 'not what S3 answers'],
  ['a part', 'UploadPart', { status: 503, code: 'SlowDown' }, '503 SlowDown'],
  ['a part', 'UploadPart', { status: 403, code: 'AccessDenied' }, 's3:PutObject'],
  ['a part', 'UploadPart', 'cut', ''],
  ['a part', 'UploadPart', 'lost', ''],
  ['a part', 'UploadPart', 'forgotten', 'not what S3 answers'],
  [
    'the last request',
    'CompleteMultipartUpload',
    { status: 500, code: 'InternalError' },
    '500 InternalError',
  ],
  ['the last request', 'CompleteMultipartUpload', { in200: 'InternalError' }, '200 InternalError'],
  ['the last request', 'CompleteMultipartUpload', 'forgotten', 'not what S3 answers'],
  ['the last request', 'CompleteMultipartUpload', 'cut', ''],
])(
  'of a large file, %s fails (%s: %j): nothing is stored, no upload is left open, and the next attempt succeeds',
  async (_which, action, fault, how) => {
    const double = await openDouble(on(action, fault, action === 'UploadPart' ? 2 : 0))
    const storage = s3Storage(double.config)
    const book = large()
    await expect(storage.put(key, book)).rejects.toMatchObject(failedIn(action, how))
    expect(double.bucket.objects.size + double.bucket.uploads.size).toBe(0)
    double.fault = () => undefined
    expect(await storage.put(key, book)).toEqual({ stored: true })
    expect(double.bucket.uploads.size).toBe(0)
  },
)

test.each(['PUT', 'CompleteMultipartUpload'])(
  'an answer to %s that was lost is found by the next attempt',
  async (action) => {
    const double = await openDouble(on(action, 'lost'))
    const storage = s3Storage(double.config)
    const book = action === 'PUT' ? uploadOf('book') : large()
    await expect(storage.put(key, book)).rejects.toMatchObject({ code: 'OperationFailed' })
    double.fault = () => undefined
    expect(await storage.put(key, book)).toEqual({ stored: false })
    expect(double.bucket.uploads.size).toBe(0)
  },
)

test.each<[string, 'same' | 'other', Fault | undefined]>([
  ['PUT', 'same', undefined],
  ['PUT', 'other', undefined],
  ['PUT', 'same', { status: 409 }],
  ['PUT', 'other', { status: 409 }],
  ['CompleteMultipartUpload', 'same', undefined],
  ['CompleteMultipartUpload', 'other', undefined],
  ['CompleteMultipartUpload', 'same', { status: 409 }],
  ['CompleteMultipartUpload', 'other', { status: 409 }],
  ['CompleteMultipartUpload', 'same', { in200: 'PreconditionFailed' }],
  ['CompleteMultipartUpload', 'other', { in200: 'ConditionalRequestConflict' }],
])(
  'when another attempt is faster, what it stored decides: %s, %s bytes, %j',
  async (action, which, fault) => {
    const double = await openDouble()
    const storage = s3Storage(double.config)
    const book = action === 'PUT' ? uploadOf('book') : large()
    const other = which === 'same' ? book : uploadOf('other')
    double.fault = (asked) => {
      if (asked.action !== action) return undefined
      const meta = { 'x-amz-meta-sha256': other.sha256, 'x-amz-meta-etag': 'abc' }
      const body =
        which === 'other'
          ? Buffer.from('other')
          : action === 'PUT'
            ? Buffer.from('book')
            : bytesOf(book.bytes)
      double.bucket.objects.set(key, { body, etag: '"theirs"', meta })
      return fault
    }
    const putting = storage.put(key, book)
    if (which === 'same') expect(await putting).toEqual({ stored: false })
    else
      await expect(putting).rejects.toMatchObject({
        code: 'OperationFailed',
        actual: other.sha256,
        expected: book.sha256,
      })
    expect(double.bucket.objects.get(key)?.etag).toBe('"theirs"')
    expect(double.bucket.uploads.size).toBe(0)
  },
)

test('a server that forgets what it was sent is noticed', async () => {
  const { config, asked } = await openDouble(on('PUT', 'forgotten'))
  await expect(s3Storage(config).put(key, uploadOf('book'))).rejects.toMatchObject({
    code: 'OperationFailed',
    actual: 'nothing',
  })
  expect(asked[1]?.headers['if-none-match']).toBe('*')
})

test('a server that refuses a file before it has come is understood, and is sent nothing of it', async () => {
  const double = await openDouble(on('PUT', { status: 403, code: 'AccessDenied' }))
  const storage = s3Storage({ ...double.config, partBytes: 2 ** 25 })
  const book = uploadOf(bytesOf(2 ** 22))
  await expect(storage.put(key, book)).rejects.toMatchObject(failedIn('PUT', '403 AccessDenied'))
  expect(double.taken()).toBe(0)
  double.fault = () => undefined
  expect(await storage.put(key, book)).toEqual({ stored: true })
})

test('a request that takes longer than it may is given up', async () => {
  const { config } = await openDouble(() => 'unanswered')
  const storage = s3Storage({ ...config, timeoutMs: 50 })
  await expect(storage.head(key)).rejects.toMatchObject(failedIn('HEAD', 'it took longer than 0.05 s'))
})

test('a server that is not there is named, with the reason', async () => {
  const { config } = await openDouble()
  const gone = createServer()
  await new Promise<void>((resolve) => gone.listen(0, resolve))
  const { port } = gone.address() as AddressInfo
  await new Promise((resolve) => gone.close(resolve))
  const storage = s3Storage({ ...config, endpoint: `http://localhost:${port}` })
  await expect(storage.head(key)).rejects.toMatchObject(failedIn('HEAD', 'ECONNREFUSED'))
})

test('a server that does not say that it takes a file gets it all the same', async () => {
  const taking = createServer(async (request, response) => {
    const { method, headers } = request
    if (method === 'PUT') kept = { headers, bytes: (await buffer(request)).length }
    if (!kept) return void response.writeHead(404).end()
    const sha256 = String(kept.headers['x-amz-meta-sha256'])
    response
      .writeHead(200, { 'content-length': method === 'HEAD' ? kept.bytes : 0, 'x-amz-meta-sha256': sha256 })
      .end()
  })
  let kept: { headers: IncomingHttpHeaders; bytes: number } | undefined
  taking.on('checkContinue', (request, response) => taking.emit('request', request, response))
  await new Promise<void>((resolve) => taking.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void taking.close().closeAllConnections())
  const { config } = await openDouble()
  const endpoint = `http://127.0.0.1:${(taking.address() as AddressInfo).port}`
  const storage = s3Storage({ ...config, endpoint, partBytes: 2 ** 25 })
  expect(await storage.put(key, uploadOf(bytesOf(2 ** 21), {}))).toEqual({ stored: true })
})

test('an upload that is called off is left open nowhere', async () => {
  const calledOff = new AbortController()
  const double = await openDouble(({ action, part }) => {
    if (action !== 'UploadPart' || part !== 2) return undefined
    calledOff.abort(new Error('The worker ends.'))
    return 'unanswered'
  })
  const putting = s3Storage(double.config).put(key, { ...large(), signal: calledOff.signal })
  await expect(putting).rejects.toThrow('The worker ends.')
  expect(double.bucket.uploads.size).toBe(0)
  expect(double.asked.at(-1)?.action).toBe('AbortMultipartUpload')
})

test('an upload that cannot be aborted says what went wrong first', async () => {
  const double = await openDouble(({ action, part }) => {
    if (action === 'AbortMultipartUpload') return { status: 500 }
    return part === 2 ? { status: 503, code: 'SlowDown' } : undefined
  })
  await expect(s3Storage(double.config).put(key, large())).rejects.toMatchObject({
    message: `The storage answered UploadPart ${key} with 503 SlowDown.`,
  })
})

test('removing a key aborts what was left of uploads to it, and to no other', async () => {
  const { config, bucket, asked } = await openDouble()
  bucket.uploads.set('mine', { key, headers: {}, parts: new Map() })
  bucket.uploads.set('other', { key: `${key}.2`, headers: {}, parts: new Map() })
  await s3Storage(config).remove(key)
  expect([...bucket.uploads.keys()]).toEqual(['other'])
  expect(asked.map(({ action }) => action)).toEqual([
    'ListMultipartUploads',
    'AbortMultipartUpload',
    'DELETE',
  ])
})

test.each<Fault>([
  { status: 405 },
  { status: 501 },
  // The question is not known, but the bucket is.
  { document: '<ListBucketResult><Contents><Key>b</Key></Contents></ListBucketResult>' },
])('a server that cannot list uploads (%j) still stores and removes', async (fault) => {
  const double = await openDouble(on('ListMultipartUploads', fault))
  const storage = s3Storage(double.config)
  expect(await storage.put(key, large())).toEqual({ stored: true })
  await storage.remove(key)
  expect(double.bucket.objects.size).toBe(0)
})

test.each([
  ['PUT', 's3:PutObject', uploadOfSmall],
  ['ListMultipartUploads', 's3:ListBucketMultipartUploads', large],
  ['CreateMultipartUpload', 's3:PutObject', large],
])('S3 says which right is missing for %s', async (action, right, book) => {
  const double = await openDouble(on(action, { status: 403, code: 'AccessDenied' }))
  await expect(s3Storage(double.config).put(key, book())).rejects.toMatchObject({
    message: `The storage answered ${action} ${key} with 403 AccessDenied; its access key needs the right to it, ${right}.`,
  })
})

test.each([
  ['DELETE', 's3:DeleteObject'],
  ['ListMultipartUploads', 's3:ListBucketMultipartUploads'],
  ['AbortMultipartUpload', 's3:AbortMultipartUpload'],
])('a key without the right to %s is noticed when something is removed', async (action, right) => {
  const double = await openDouble(on(action, { status: 403 }))
  double.bucket.uploads.set('mine', { key, headers: {}, parts: new Map() })
  await expect(s3Storage(double.config).remove(key)).rejects.toMatchObject({
    code: 'OperationFailed',
    message: expect.stringContaining(right),
  })
})

test('S3 says which rights are missing to look at what is stored', async () => {
  const double = await openDouble(on('HEAD', { status: 403 }))
  await expect(s3Storage(double.config).head(key)).rejects.toMatchObject({
    message: `The storage answered HEAD ${key} with 403; its access key needs the right to it, s3:GetObject and s3:ListBucket.`,
  })
})

test('a wrong secret key is refused, and shown by no error', async () => {
  const { config, bucket } = await openDouble()
  const storage = s3Storage({ ...config, secretAccessKey: 'another-secret' })
  const failure = await storage.head(key).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'OperationFailed', actual: 403 })
  expect(JSON.stringify([failure, (failure as Error).stack])).not.toContain('another-secret')
  expect(bucket.objects.size).toBe(0)
})

function uploadOfSmall() {
  return uploadOf('book')
}
