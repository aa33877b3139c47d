import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { s3Storage } from '../../../../workflows/books/storage/s3-storage.ts'
import { builtFile } from '../../../built.ts'
import { openDouble, partBytes } from './s3-double.ts'
import { bytesOf, uploadOf } from './upload-of.ts'

test('an upload whose process was killed in the middle is aborted by the next attempt, which stores the file', async () => {
  const [key, file] = ['b/v/b.tar.gz', bytesOf(4 * partBytes)]
  let reached = () => {}
  const third = new Promise<void>((resolve) => (reached = resolve))
  const double = await openDouble(({ action, part }) => {
    if (action !== 'UploadPart' || part !== 3) return undefined
    reached()
    return 'unanswered'
  })
  const book = uploadOf(file)
  const script = builtFile('test/workflows/books/s3/storing-process.ts')
  const child = fork(script, [JSON.stringify([double.config, key, book])], { execArgv: [] })
  await third
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect([...double.bucket.uploads.values()]).toMatchObject([{ key }])
  expect(double.bucket.objects.size).toBe(0)
  double.fault = () => undefined
  expect(await s3Storage(double.config).put(key, book)).toEqual({ stored: true })
  expect(double.bucket.objects.get(key)?.body.equals(file)).toBe(true)
  expect(double.bucket.uploads.size).toBe(0)
})
