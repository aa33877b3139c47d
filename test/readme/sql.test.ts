import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as z from 'zod'
import { openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'
import { sqlite } from '../../src/backends/sqlite/sqlite.ts'
import { makeQueues, state, worker, wrapped } from '../../src/index.ts'
import { ask } from './ask.ts'
import { textsOf } from './pages.ts'

const folder = mkdtempSync(join(tmpdir(), 'pipewright-sql-'))
/** The example, as this version keeps it. */
const path = join(folder, 'queues.db')

beforeAll(async () => {
  copyFileSync('queues.db.example', path)
  await (await sqlite(path)).close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('asks the example, and a file of this version, and each question has an answer', async () => {
  const recipes = textsOf('sql')
  expect(recipes.length).toBeGreaterThan(5)
  for (const file of ['queues.db.example', path])
    for (const sql of recipes) expect(await ask(file, sql), `${sql} of ${file}`).not.toEqual([])
})

it('names each column of the views', async () => {
  const page = readFileSync('src/docs/sql.md', 'utf8')
  const isNamed = (name: string) =>
    [name, name.replace(/_ms$/, '')].some((each) => page.includes(`\`${each}\``))
  const views = [
    'queues',
    'tokens',
    'history',
    'inboxes',
    'records',
    'marks',
    'gates',
    'lanes',
    'books_review',
  ]
  for (const view of views) {
    const columns = await ask(path, `select name from pragma_table_info('${view}')`)
    expect(columns.length).toBeGreaterThan(4)
    const unnamed = columns.flat().filter((name) => !isNamed(`${name}`))
    expect(unnamed, view).toEqual([])
  }
})

it('has a view for each queue that nothing can be written to, as the page says', () => {
  const db = openDatabase(path)
  try {
    for (const sql of ['delete from books_review', "update books_review set status = 'ready'"])
      expect(() => db.exec(sql)).toThrow('cannot modify books_review because it is a view')
  } finally {
    db.close()
  }
})

it('pushes by the insert of the README, and has each column of an inbox', async () => {
  const Link = state('Link', z.object({ url: z.string() }))
  const hostOf = worker({ input: z.string(), output: z.string(), process: (url) => new URL(url).host })
  const read = wrapped(hostOf, {
    input: Link,
    output: Link,
    pre: ({ url }) => url,
    post: (_, host) => Link({ url: host }),
  })
  const file = join(folder, 'links.db')
  const backend = await sqlite(file)
  const queues = await makeQueues(read, backend, 'links')
  const db = openDatabase(file)
  const stop = new AbortController()
  const running = queues.artifacts()(stop.signal)
  try {
    for (const text of textsOf('sql', 'inbox')) db.exec(text)
    expect(await queues.output.read()).toMatchObject({ id: 'vite', value: { url: 'vite.dev' } })
    const columns = await ask(file, "select name from pragma_table_info('links_inbox')")
    const page = readFileSync('src/docs/sql.md', 'utf8')
    expect(columns.flat().filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  } finally {
    db.close()
    stop.abort()
    await running
    await backend.close()
  }
})
