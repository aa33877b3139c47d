import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { x as extract } from 'tar'
import { expect, onTestFinished, test } from 'vitest'
import { schemaVersion } from '../../../src/backends/sqlite/file/migrations.ts'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import { makeOldFile, newPath } from './fixture.ts'

// `older-package.tar.gz` has the compiled SQLite backend of the version before the row of a token became its message, and
// `schema-5.sql` is the `.dump` of a database that it made, with a token in each condition.

async function oldFile(): Promise<string> {
  const path = await newPath()
  makeOldFile(path, 5)
  const db = openDatabase(path)
  db.pragma('journal_mode = wal')
  db.close()
  return path
}

/** What the views tell, and each queue by its own view or table, as it was called and sorted by token. */
function seen(path: string) {
  const db = openDatabase(path, { readonly: true })
  const all = (sql: string) => db.prepare<[], Record<string, unknown>>(sql).all()
  const queues = all('select * from queues order by name').map(({ parked: _, ...queue }) => queue)
  const messages = queues.map(({ table_name: table }) => [
    table,
    all(`select * from "${table}" order by token`),
  ])
  const tokens = all('select * from tokens order by workflow, id')
  const history = all('select * from history order by line')
  db.close()
  return { queues, tokens, history, messages: Object.fromEntries(messages) }
}

function versionOf(path: string): unknown {
  const db = openDatabase(path, { readonly: true })
  try {
    return db.pragma('user_version', { simple: true })
  } finally {
    db.close()
  }
}

/** Runs `script` in a process of the older package, which is given as `sqlite`, and the path of the database. */
async function runOlder(script: string, path: string) {
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-older-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await extract({ file: new URL('older-package.tar.gz', import.meta.url).pathname, cwd: folder })
  await mkdir(join(folder, 'package/node_modules'))
  for (const name of ['better-sqlite3', 'better-sqlite3-12'])
    if (existsSync(resolve('node_modules', name)))
      await symlink(resolve('node_modules', name), join(folder, 'package/node_modules', name))
  await writeFile(
    join(folder, 'package/main.mjs'),
    `import { sqlite } from './dist/backends/sqlite/index.js'\nconst path = process.argv[2]\n${script}`,
  )
  const child = spawn(process.execPath, [join(folder, 'package/main.mjs'), path], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function said(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout!.on('data', (data) => (text += data))
  child.stderr!.on('data', (data) => (text += data))
  await once(child, 'close')
  return text
}

test('a database of the older package is migrated with nothing changed that its users see', async () => {
  const path = await oldFile()
  const before = seen(path)
  await (await sqlite(path)).close()
  const { queues, tokens, history, messages } = seen(path)
  expect(queues).toMatchObject(before.queues)
  // Later versions have more columns.
  expect(tokens).toMatchObject(before.tokens)
  expect(history).toEqual(before.history)
  expect(messages).toEqual(before.messages)
  expect(Object.keys(messages)).toHaveLength(8)
})

test('a process of the older package refuses a file that was migrated, in one sentence', async () => {
  const path = await oldFile()
  await (await sqlite(path)).close()
  const late = await runOlder('await sqlite(path).catch((error) => console.log(error.message))', path)
  expect(await said(late)).toBe(
    `${path} was written by a newer Pipewright (schema ${schemaVersion}, this one knows 5); update this package. Nothing was changed.\n`,
  )
})

test('while a process of the older package has the file open nothing is migrated, and it goes on', async () => {
  const path = await oldFile()
  const old = await runOlder(
    `const backend = await sqlite(path)
     console.log('open')
     await new Promise((resolve) => process.stdin.once('end', resolve).resume())
     await backend.commit([{ kind: 'revive', queue: 'shop/first', id: 'dead' }])
     await backend.close()
     console.log('closed')`,
    path,
  )
  const [first] = await once(old.stdout!, 'data')
  expect(String(first)).toBe('open\n')
  const message = await sqlite(path).then(
    () => 'It was opened.',
    (error: Error) => error.message,
  )
  // What the system calls a process of Node depends on its version.
  expect(message.replace(/\([^)]*Thread\)/, '(node)')).toBe(
    `The database ${path} has the schema of an older version (5) and has to be migrated, for which no other process may have it open; end process ${old.pid} (node), and start again. Nothing was changed.`,
  )
  expect(versionOf(path)).toBe(5)
  const rest = said(old)
  old.stdin!.end()
  expect(await rest).toBe('closed\n')
  const backend = await sqlite(path)
  expect(await backend.get('shop/first', 'dead')).toMatchObject({ status: 'ready' })
  await backend.close()
})

test('views and triggers of users are there after a migration as before', async () => {
  const path = await oldFile()
  const edit = openDatabase(path)
  edit.exec(`create table audit (id text, at integer);
    create view "my ""report" as select id, status from shop_first where status = 'dead';
    create view "lost sight" as select missing from nowhere;
    create trigger note after insert on audit begin update audit set at = (select count(*) from pw_tokens); end`)
  edit.close()
  await (await sqlite(path)).close()
  const db = openDatabase(path)
  expect(db.prepare('select * from "my ""report"').all()).toEqual([{ id: 'dead', status: 'dead' }])
  db.exec("insert into audit (id) values ('x')")
  expect(db.prepare('select at > 10 as many from audit').get()).toEqual({ many: 1 })
  db.close()
})

test.each([
  ['create trigger guard before insert on shop_first begin select 1; end', 'trigger guard'],
  ['create trigger guard after update on pw_tokens begin select 1; end', 'trigger guard'],
  ['create table note (token integer references pw_tokens (ref))', 'foreign key of table note'],
])('what could not go on in the new layout stops a migration: %s', async (sql, what) => {
  const path = await oldFile()
  const edit = openDatabase(path)
  edit.exec(sql)
  edit.close()
  await expect(sqlite(path)).rejects.toThrow(
    `The database ${path} cannot be migrated: its layout changes, and on its tables there are ${what}; drop them first. Nothing was changed.`,
  )
  expect(versionOf(path)).toBe(5)
})

test('the copy before a migration has the rights of the original', async () => {
  const path = await oldFile()
  await chmod(path, 0o640)
  await (await sqlite(path)).close()
  expect((await stat(`${path}.schema5.bak`)).mode & 0o777).toBe(0o640)
})

test('processes that are started together on an old file all come up, migrated once', async () => {
  const path = await oldFile()
  const notices: string[] = []
  const opened = await Promise.all(
    Array.from({ length: 8 }, () => sqlite(path, { onNotice: (sentence) => notices.push(sentence) })),
  )
  for (const backend of opened) await backend.close()
  expect(notices).toHaveLength(1)
  expect(existsSync(`${path}-migrating`)).toBe(false)
})
