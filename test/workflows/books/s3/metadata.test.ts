import { expect, test } from 'vitest'
import { s3Storage } from '../../../../workflows/books/storage/s3-storage.ts'
import { openDouble } from './s3-double.ts'
import { uploadOf } from './upload-of.ts'

test.each([
  ['a letter that is not ASCII', { etag: 'é' }],
  ['a line break', { etag: 'a\r\nx-amz-acl: public-read' }],
  ['a control character', { etag: 'a\u0000' }],
  ['a space that no header keeps', { etag: ' a' }],
  ['a name that no header keeps', { Etag: 'a' }],
  ['a name of ours', { sha256: 'a' }],
])('metadata with %s is refused before anything is sent', async (_what, metadata) => {
  const { config, asked } = await openDouble()
  await expect(s3Storage(config).put('b', uploadOf('book', metadata))).rejects.toMatchObject({
    code: 'BadUTF',
    field: Object.keys(metadata)[0],
    retry: false,
  })
  expect(asked).toEqual([])
})

test('more metadata than S3 keeps is refused before anything is sent', async () => {
  const { config, asked } = await openDouble()
  const about = (letters: number) => uploadOf('book', { etag: 'x'.repeat(letters) })
  await expect(s3Storage(config).put('b', about(2000))).rejects.toMatchObject({
    code: 'TooLarge',
    expected: 2048,
  })
  expect(asked).toEqual([])
  expect(await s3Storage(config).put('b', about(1900))).toEqual({ stored: true })
})

test('what an HTTP etag may hold is kept', async () => {
  const storage = s3Storage((await openDouble()).config)
  const metadata = { etag: "W/a  b!#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", date: '2026-11-27T00:00:00.000Z' }
  expect(await storage.put('b', uploadOf('book', metadata))).toEqual({ stored: true })
  expect(await storage.head('b')).toMatchObject({ metadata })
})
