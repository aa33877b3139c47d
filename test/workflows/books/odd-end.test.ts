import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it, vi } from 'vitest'
import { readExport } from '../../../workflows/books/export/books-export.ts'
import { book, pages } from '../../chaos/hostile/good-book.ts'
import { literal, seal } from '../../chaos/hostile/packets.ts'
import { openLibrary } from './library.ts'
import { samplePassphrase } from './scratch.ts'

it('keeps with a whole book what was odd about the end of its archive', async () => {
  const root = await mkdtemp(join(tmpdir(), 'pipewright-odd-'))
  const library = await openLibrary(root)
  try {
    const archive = book(pages('odd-end'))
    const unmarked = archive.subarray(0, archive.length - 1024)
    const message = seal(literal(gzipSync(unmarked)), samplePassphrase)
    await writeFile(join(root, 'source', 'odd-end.tar.gz.gpg'), message)
    await library.enter('odd-end')
    library.work()
    const ended = async () =>
      (await library.finished()).get('odd-end') ?? (await library.stopped()).get('odd-end')
    const oddity =
      'The archive is cut short: its end mark is missing. But all files of the package are there, so it is whole.'
    expect(await vi.waitUntil(ended, { timeout: 100_000 })).toMatchObject({ tag: 'Done', oddity })
    expect(await readExport(join(root, 'done'))).toMatchObject([{ barcode: 'odd-end', note: oddity }])
  } finally {
    await library.close()
    await rm(root, { recursive: true })
  }
}, 120_000)
