import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readMets } from '../../../workflows/books/mets/read-mets.ts'
import { decryptFile } from '../../../workflows/books/openpgp/decrypt-file.ts'
import { checkPackage } from '../../../workflows/books/package/check-package.ts'
import { checkImage } from '../../../workflows/books/package/image/check-image.ts'
import { readPlain } from '../../../workflows/books/plain-file.ts'
import { folderSource } from '../../../workflows/books/source/folder-source.ts'
import { folderStorage } from '../../../workflows/books/storage/folder-storage.ts'
import { packFolder } from '../../../workflows/books/tarball/pack-folder.ts'
import { unpackFile } from '../../../workflows/books/tarball/unpack-file.ts'
import { scratchFolder } from './scratch.ts'

function fifo(folder: string, name: string): string {
  const path = join(folder, name)
  execFileSync('mkfifo', [path])
  return path
}

// Taken out, to see these fail: `refuseOther` and `O_NONBLOCK` in `plain-file.ts`; then each of them waits for good.
describe.skipIf(process.platform === 'win32')('what is no file', () => {
  const refused = (name: string, what: string) => ({
    code: 'BadFile',
    message: `${name} is not a file but ${what}.`,
    retry: false,
  })

  it('is refused by its kind, also behind a link', async () => {
    const folder = scratchFolder()
    fifo(folder, 'pipe')
    mkdirSync(join(folder, 'folder'))
    symlinkSync('/dev/zero', join(folder, 'zero'))
    symlinkSync(join(folder, 'pipe'), join(folder, 'link'))
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve))
    onTestFinished(() => void server.close())
    await expect(readPlain(join(folder, 'pipe'))).rejects.toMatchObject(refused('pipe', 'a FIFO'))
    await expect(readPlain(join(folder, 'link'))).rejects.toMatchObject(refused('link', 'a FIFO'))
    await expect(readPlain(join(folder, 'folder'))).rejects.toMatchObject(refused('folder', 'a folder'))
    await expect(readPlain(join(folder, 'zero'))).rejects.toMatchObject(refused('zero', 'a device'))
    await expect(readPlain(join(folder, 'socket'))).rejects.toMatchObject(refused('socket', 'a socket'))
  })

  it('leaves a link to a file a file, and a link to nothing nothing', async () => {
    const folder = scratchFolder()
    writeFileSync(join(folder, 'file'), 'a book')
    symlinkSync(join(folder, 'file'), join(folder, 'link'))
    symlinkSync(join(folder, 'gone'), join(folder, 'abc.tar.gz.gpg'))
    expect(String(await readPlain(join(folder, 'link')))).toBe('a book')
    const fetching = {
      target: join(folder, 'to'),
      signal: new AbortController().signal,
      progress: () => {},
      pass: async () => {},
    }
    await expect(folderSource(folder).fetch('abc', fetching)).rejects.toMatchObject({ code: 'MissingFile' })
  })

  it('is refused as an archive, at once, however many there are', async () => {
    const folder = scratchFolder()
    const names = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `book-${letter}`)
    for (const name of names) fifo(folder, `${name}.tar.gz.gpg`)
    const { signal } = new AbortController()
    const fetched = await Promise.allSettled(
      names.map((name) =>
        folderSource(folder).fetch(name, {
          target: join(folder, 'to', name),
          signal,
          progress: () => {},
          pass: async () => {},
        }),
      ),
    )
    expect(fetched.map(({ status }) => status)).toEqual(names.map(() => 'rejected'))
    expect(readdirSync(folder)).toHaveLength(names.length)
  })

  it('is refused in staging, in a package and in storage', async () => {
    const folder = scratchFolder()
    const pipe = fifo(folder, 'pipe')
    const target = join(scratchFolder(), 'target')
    const decrypting = decryptFile({ source: pipe, target, passphrase: 'secret' })
    await expect(decrypting).rejects.toMatchObject(refused('pipe', 'a FIFO'))
    await expect(unpackFile({ source: pipe, folder: target })).rejects.toMatchObject(
      refused('pipe', 'a FIFO'),
    )
    await expect(readMets(pipe)).rejects.toMatchObject(refused('pipe', 'a FIFO'))
    await expect(packFolder({ folder, target })).rejects.toMatchObject(refused('pipe', 'a FIFO'))
    expect(() => checkImage(fifo(folder, '00000001.tif'))).toThrow('00000001.tif is not a file but a FIFO.')
    fifo(folder, 'checksum.md5')
    await expect(checkPackage(folder, { barcode: 'abc' })).rejects.toMatchObject({ code: 'BadFile' })
    const storing = folderStorage(target).put('key', { file: pipe, bytes: 0, sha256: '' })
    await expect(storing).rejects.toMatchObject(refused('pipe', 'a FIFO'))
  })
})
