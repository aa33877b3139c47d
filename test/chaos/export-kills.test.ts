import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { exportBook, readExport } from '../../workflows/books/export/books-export.ts'
import { builtFile } from '../built.ts'
import { scratchFolder } from '../workflows/books/scratch.ts'

// Processes export side by side and are killed in the middle of it. Without the lock of `export-index.ts` they end by
// themselves. (That what was begun is ended is tested at each byte in `put-row.test.ts`.)

const kills = process.env['CHAOS'] === 'long' ? 30 : 4
const script = builtFile('test/workflows/books/export-process.ts')

it('keeps each row of the export once, whichever process is killed while it is written', {
  timeout: 600_000,
}, async () => {
  const folder = scratchFolder()
  const told = new Set<string>()
  const start = (first: number): ChildProcess => {
    const child = fork(script, [folder, String(first), '100000'], { execArgv: [] })
    child.on('message', ({ barcode }: { barcode: string }) => told.add(barcode))
    return child
  }
  const survivor = start(1_000_000)
  for (let kill = 1; kill <= kills; kill++) {
    // The same books as the one before, and more.
    const child = start(1000 + 3 * kill)
    for (let count = 0; count < 1 + (kill % 7); count++) await nextMessage(child)
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  survivor.kill('SIGKILL')
  await once(survivor, 'exit')

  const texts = { author: '', date: '', language: '', pages: '', bytes: '', sha256: '', etag: '', stored: '' }
  await exportBook(folder, { barcode: 'last', title: 'The last', ...texts, note: '' })
  const rows = await readExport(folder)
  const exported = new Map(rows.map(({ barcode, title, note }) => [barcode, { title, note }]))
  expect(exported.size).toBe(rows.length)
  expect(told.size).toBeGreaterThan(kills)
  for (const barcode of told) expect(exported.has(barcode), barcode).toBe(true)
  for (const [barcode, { title, note }] of exported) {
    if (barcode === 'last') continue
    expect(title).toBe(`Book ${barcode.slice(5)}`)
    expect(['once', 'again']).toContain(note)
  }
})

async function nextMessage(child: ChildProcess): Promise<void> {
  const ended = new AbortController()
  const { signal } = ended
  child.once('exit', () => ended.abort(new Error('It ended by itself.')))
  await once(child, 'message', { signal })
}
