import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import { checkPayloads } from '../../../src/cli/check-payloads.ts'
import { layOut } from '../../../src/pipeline/lay-out.ts'
import { makeExample } from '../../../workflows/books/example/make-example.ts'
import { makeBooks } from '../../../workflows/books/workflow.ts'

const example = 'queues.db.example'
const scratch = mkdtempSync(join(tmpdir(), 'example-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Everything that a database holds, by table; views by their SQL. */
function contentOf(path: string): Record<string, unknown> {
  const db = openDatabase(path, { readonly: true })
  try {
    const all = db.prepare<[], { name: string; type: string; sql: string }>(
      "select name, type, sql from sqlite_schema where name not like 'sqlite_%' order by name",
    )
    return Object.fromEntries(
      all.all().map(({ name, type, sql }) => {
        const rows = type === 'table' ? db.prepare(`select * from "${name}"`).all() : []
        return [name, { sql, rows }]
      }),
    )
  } finally {
    db.close()
  }
}

it('is what its script makes: if this fails, run `npm run example` and look at what has changed', async () => {
  const made = join(scratch, 'made.db')
  await makeExample(made)
  expect(contentOf(example)).toEqual(contentOf(made))
})

it('is one file, which a reader need not change', () => {
  const db = openDatabase(example, { readonly: true })
  expect(db.pragma('journal_mode', { simple: true })).toBe('delete')
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
  db.close()
})

it('has books in every queue, in every condition, and none that would lapse or that is not valid', async () => {
  const copy = join(scratch, 'copy.db')
  copyFileSync(example, copy)
  // Opened as it will be years from now, on a machine that has just started.
  const clock = { now: () => Date.UTC(2050, 0, 1), elapsed: () => 5, after: () => () => {} }
  const backend = await sqlite(copy, { clock })
  try {
    const before = await backend.count()
    // No worker has run, so there is no poller.
    for (const { role, ready, leased, delayed, waiting } of before)
      if (role !== 'standing') expect(ready + leased + delayed + waiting).toBeGreaterThan(0)
    const sum = (key: 'ready' | 'leased' | 'delayed' | 'dead') =>
      before.reduce((total, each) => total + each[key], 0)
    expect([sum('ready'), sum('leased'), sum('delayed'), sum('dead')].every((count) => count > 0)).toBe(true)
    // A lease call first finds expired and due messages.
    const request = { owner: 'test', leaseMs: 1000, timeoutMs: 1000, suspects: 'only' } as const
    for (const { queue } of before) expect(await backend.lease(queue, request)).toEqual([])
    expect(await backend.count()).toEqual(before)
    const books = makeBooks()
    const layout = { ...layOut(books, 'books'), input: books.input }
    const { checked, misfits } = await checkPayloads(backend, 'books', layout)
    expect(misfits).toEqual([])
    expect(checked).toBeGreaterThan(20)
  } finally {
    await backend.close()
  }
})
