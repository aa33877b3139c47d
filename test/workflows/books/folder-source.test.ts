import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderSource } from '../../../workflows/books/source/folder-source.ts'
import { scratchFolder } from './scratch.ts'

const fetching = (
  target: string,
  more: Partial<Parameters<ReturnType<typeof folderSource>['fetch']>[1]> = {},
) => ({
  target,
  signal: new AbortController().signal,
  progress: () => {},
  pass: async () => {},
  ...more,
})

test('the archives of a folder are found by their names, and nothing else is', async () => {
  const folder = scratchFolder()
  for (const name of ['abc.tar.gz.gpg', 'x.tar.gz.gpg', 'notes.txt', 'abd.tar.gz.gpg.aria2']) {
    writeFileSync(join(folder, name), '')
  }
  const found: string[] = []
  for await (const barcode of folderSource(folder).barcodes()) found.push(barcode)
  expect(found).toEqual(['abc'])
})

test('an archive is copied whole, with its hash as etag and its time as date', async () => {
  const folder = scratchFolder()
  const file = join(folder, 'abc.tar.gz.gpg')
  writeFileSync(file, 'hello')
  const told: number[] = []
  const target = join(folder, 'staging', 'copy')
  const progress = (fraction: number) => void told.push(fraction)
  expect(await folderSource(folder).fetch('abc', fetching(target, { progress }))).toEqual({
    bytes: 5,
    sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    etag: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    date: statSync(file).mtime.toISOString(),
  })
  expect(readFileSync(target, 'utf8')).toBe('hello')
  expect(told.at(-1)).toBe(1)
})

test('what cannot be copied leaves nothing, and says why', async () => {
  const folder = scratchFolder()
  const source = folderSource(folder)
  const target = join(folder, 'staging', 'copy')
  await expect(source.fetch('abc', fetching(target))).rejects.toMatchObject({
    code: 'MissingFile',
    message: 'The source folder has no abc.tar.gz.gpg.',
    retry: false,
  })
  mkdirSync(join(folder, 'dir.tar.gz.gpg'))
  await expect(source.fetch('dir', fetching(target))).rejects.toMatchObject({ code: 'BadFile' })
  writeFileSync(join(folder, 'abc.tar.gz.gpg'), 'hello')
  const stopped = fetching(target, { signal: AbortSignal.abort(new Error('enough')) })
  await expect(source.fetch('abc', stopped)).rejects.toThrow('enough')
  expect(readdirSync(join(folder, 'staging'))).toEqual([])
})
