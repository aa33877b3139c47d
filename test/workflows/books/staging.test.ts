import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeQueues } from 'pipewright'
import { expect, test } from 'vitest'
import { idOfBook } from '../../../workflows/books/id-of-book.ts'
import { openContext } from '../../../workflows/books/open-context.ts'
import { folderSource } from '../../../workflows/books/source/folder-source.ts'
import { stagingOf } from '../../../workflows/books/staging.ts'
import { Converted } from '../../../workflows/books/states/converted.ts'
import { makeBooks } from '../../../workflows/books/workflow.ts'
import { openUsual } from '../../on/open.ts'
import { scratchFolder } from './scratch.ts'

const book = { barcode: 'abc', processing_bucket: 'processing', done_bucket: 'done', passphrase: 'sample' }

function staged() {
  const folder = scratchFolder()
  const context = openContext({
    source: folderSource(folder),
    keyring: {},
    processing: { processing: folder },
    done: {},
  })
  mkdirSync(join(folder, 'abc'))
  writeFileSync(join(folder, 'abc', 'one'), 'hello')
  return { folder, context, staging: stagingOf(context, book) }
}

test('a staged file that is gone or has another size is missed by name', async () => {
  const { folder, staging } = staged()
  expect(await staging.existing({ path: 'abc/one', bytes: 5 })).toBe(join(folder, 'abc', 'one'))
  await expect(staging.existing({ path: 'abc/one', bytes: 6 })).rejects.toMatchObject({
    code: 'MissingFile',
    file: 'abc/one',
    actual: 5,
    expected: 6,
  })
  await expect(staging.existing({ path: 'abc/two', bytes: 6 })).rejects.toThrow(
    'abc/two is not in the processing bucket any more; take the book from the download again.',
  )
})

test('a path of a token never leads out of the bucket', async () => {
  const { staging } = staged()
  await expect(staging.remove('../elsewhere')).rejects.toMatchObject({ code: 'BadFilename' })
  await expect(staging.existing({ path: '/etc/passwd', bytes: 1 })).rejects.toMatchObject({
    code: 'BadFilename',
  })
})

test('removing is done twice without harm, and clearing takes all of a book', async () => {
  const { folder, staging } = staged()
  await staging.remove('abc/one')
  await staging.remove('abc/one')
  expect(readdirSync(join(folder, 'abc'))).toEqual([])
  await staging.clear()
  await staging.clear()
  expect(readdirSync(folder)).toEqual([])
})

test('a bucket that the app does not have is named', () => {
  const { context } = staged()
  expect(() => stagingOf(context, { ...book, processing_bucket: 'elsewhere' })).toThrow(
    'The app has no processing bucket called elsewhere; it has processing.',
  )
  expect(() => context.storage('toString')).toThrow('The app has no done bucket called toString')
})

test('a book of another id, or with a bucket that the app does not have, does not enter', async () => {
  const idOf = idOfBook({ processing: ['processing', 'spare'], done: ['done'] })
  const { input } = await makeQueues(makeBooks(), await openUsual(), 'books', { idOf })
  const enter = (told: object, id = 'abc') => input.push(id, Converted({ ...book, ...told }))
  await expect(enter({}, 'other')).rejects.toThrow('by what it holds its id is "abc"')
  await expect(enter({ processing_bucket: 'elsewhere' })).rejects.toThrow(
    'Book abc cannot enter: the app has no processing bucket called elsewhere; it has processing, spare.',
  )
  await expect(enter({ done_bucket: 'toString' })).rejects.toMatchObject({ code: 'invalid' })
  await enter({ processing_bucket: 'spare' })
})
