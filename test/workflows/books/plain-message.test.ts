import { mkdir, open, rename, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openContext } from '../../../workflows/books/open-context.ts'
import { folderSource } from '../../../workflows/books/source/folder-source.ts'
import { failing } from '../../../workflows/books/stages/failing.ts'
import { scratchFolder } from './scratch.ts'

/** What the desk shows when a stage fails so. */
async function told(attempt: Promise<unknown>): Promise<string> {
  const { message } = (await attempt.catch((error: unknown) => error)) as Error
  const book = { barcode: 'abc', processing_bucket: 'a', done_bucket: 'b', passphrase: 'c' }
  return failing('upload').as(book, { kind: 'error', name: 'Error', message, attempts: 3 }).reason.message
}

test('a refusal of the system is shown with its code, and without the folders of this machine', async () => {
  const folder = scratchFolder()
  const at = (name: string) => join(folder, name)
  await mkdir(at('full'))
  await writeFile(at('full/it is here, so'), '')
  expect(await told(open(at('none')))).toBe('The open of none failed: no such file or directory (ENOENT).')
  expect(await told(open(at('full'), 'w'))).toBe(
    'The open of full failed: illegal operation on a directory (EISDIR).',
  )
  expect(await told(open(at('full/it is here, so/x')))).toBe(
    'The open of x failed: not a directory (ENOTDIR).',
  )
  expect(await told(rename(at('none'), at('other')))).toBe(
    'The rename of none to other failed: no such file or directory (ENOENT).',
  )
  expect(await told(rmdir(at('full')))).toBe('The rmdir of full failed: directory not empty (ENOTEMPTY).')
})

test('any other error is shown as it is', async () => {
  expect(await told(Promise.reject(new Error('EVERYTHING: is fine.')))).toBe('EVERYTHING: is fine.')
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
