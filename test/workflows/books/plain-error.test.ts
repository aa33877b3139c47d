import { mkdir, open, rename, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openContext } from '../../../workflows/books/open-context.ts'
import { folderSource } from '../../../workflows/books/source/folder-source.ts'
import { plainError } from '../../../workflows/books/stages/plain-error.ts'
import { scratchFolder } from './scratch.ts'

const failure = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)

test('what the system refuses is told with its code, and without the folders of this machine', async () => {
  const folder = scratchFolder()
  const at = (name: string) => join(folder, name)
  await mkdir(at('full'))
  await writeFile(at('full/it is here, so'), '')
  const told = async (attempt: Promise<unknown>) => plainError(await failure(attempt))
  expect(await told(open(at('none')))).toMatchObject({
    code: 'ENOENT',
    message: 'The open of none failed: no such file or directory (ENOENT).',
  })
  expect(await told(open(at('full'), 'w'))).toMatchObject({
    code: 'EISDIR',
    message: 'The open of full failed: illegal operation on a directory (EISDIR).',
  })
  expect(await told(open(at('full/it is here, so/x')))).toMatchObject({ code: 'ENOTDIR' })
  const moved = (await told(rename(at('none'), at('other')))) as Error
  expect(moved.message).toBe('The rename of none to other failed: no such file or directory (ENOENT).')
  expect(await told(rmdir(at('full')))).toMatchObject({
    message: 'The rmdir of full failed: directory not empty (ENOTEMPTY).',
  })
})

test('any other error is told as it is', () => {
  const error = new Error('EVERYTHING: is fine.')
  expect(plainError(error)).toBe(error)
  expect(plainError('text')).toBe('text')
})

test('a keyring that cannot be read is named without its folder', async () => {
  const folder = scratchFolder()
  const context = openContext({
    source: folderSource(folder),
    keyring: { file: join(folder, 'keyring.json') },
    processing: {},
    done: {},
  })
  await expect(context.keyring()).rejects.toThrow('The keyring keyring.json cannot be read (ENOENT).')
})
