import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { backUp } from '../../../src/backends/sqlite/backup/back-up.ts'
import { checkCopy } from '../../../src/backends/sqlite/backup/check-copy.ts'
import { Target } from '../../../src/backends/sqlite/backup/target.ts'
import { schemaVersion } from '../../../src/backends/sqlite/file/migrations.ts'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { entering, makeOldFile, newPath, openShop, request, workflow } from './fixture.ts'

it('copies what is committed, also what is in the WAL only, as one file that only its owner may read', async () => {
  const path = await newPath()
  const backend = await openShop(path)
  await backend.commit([entering('a'), entering('b')])
  await backend.lease('shop/first', request)
  const file = join(dirname(path), 'copy.db')
  const shares: number[] = []
  const backup = await backUp(path, file, { onProgress: (share) => void shares.push(share) })
  expect(backup).toMatchObject({ database: path, file, schema: schemaVersion, tokens: 2, lines: 2 })
  expect(backup.bytes).toBe(statSync(file).size)
  expect(shares.at(-1)).toBe(1)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(dirname(path)).filter((name) => name.startsWith('copy'))).toEqual(['copy.db'])
  // Bytes 18 and 19 of the header: 1 is no WAL.
  expect([...readFileSync(file).subarray(18, 20)]).toEqual([1, 1])
  await backend.commit([entering('c')])
  const restored = await sqlite(file)
  expect((await restored.journey(workflow, 'a'))?.row).toMatchObject({ status: 'leased' })
  expect(await restored.journey(workflow, 'c')).toBeUndefined()
  await restored.commit([entering('d')])
  await restored.close()
})

it('copies one moment, however much is committed while it copies', async () => {
  const path = await newPath()
  const backend = await openShop(path)
  const text = 'x'.repeat(900_000)
  const entries = Array.from({ length: 40 }, (_, n) => entering(`t${n}`, { value: { tag: 'New', text } }))
  await backend.commit(entries)
  const writer = openDatabase(path)
  const write = writer.prepare(
    'insert into pw_history (at, token, hop, queue, event) select at, token, hop, queue, event from pw_history limit 1',
  )
  const shares = new Set<number>()
  const onProgress = (share: number) => {
    shares.add(share)
    if (share < 1) write.run()
    if (shares.size > 100) throw new Error('It begins anew each time.')
  }
  expect(await backUp(path, join(dirname(path), 'copy.db'), { onProgress })).toMatchObject({
    tokens: 40,
    lines: 40,
  })
  writer.close()
  expect([...shares]).toEqual([...shares].sort((a, b) => a - b))
  expect(shares.size).toBeGreaterThan(4)
})

it('gives the leases in it back at once after another boot, as of a process that was lost', async () => {
  const path = await newPath()
  const clock = new FakeClock()
  await clock.advance(1_000_000)
  const backend = await openShop(path, { clock })
  await backend.commit([entering('a')])
  await backend.lease('shop/first', request)
  const file = join(dirname(path), 'copy.db')
  await backUp(path, file)
  const restored = await openShop(file, { clock: new FakeClock() })
  const [row] = await restored.lease('shop/first', request)
  expect(row).toMatchObject({ id: 'a', lease: 2, suspect: true, attempts: 0 })
})

it('writes over no file unless it is told so, and never over a database that is used', async () => {
  const path = await newPath()
  await openShop(path)
  const at = (name: string) => join(dirname(path), name)
  writeFileSync(at('taken.db'), 'mine')
  await expect(backUp(path, at('taken.db'))).rejects.toThrow(
    `${at('taken.db')} is there already; name another file, or replace it with --force.`,
  )
  expect(readFileSync(at('taken.db'), 'utf8')).toBe('mine')
  await backUp(path, at('taken.db'), { force: true })
  checkCopy(at('taken.db'), { schema: schemaVersion, tokens: 0, lines: 0 })
  symlinkSync(path, at('link.db'))
  for (const own of [path, `${path}-wal`, at('link.db')]) {
    await expect(backUp(path, own, { force: true })).rejects.toThrow('is a file of the database itself')
  }
  mkdirSync(at('folder'))
  await expect(backUp(path, at('folder'), { force: true })).rejects.toThrow('is a folder; name a file in it')
  const other = await openShop(at('other.db'))
  await other.commit([entering('a')])
  await expect(backUp(path, at('other.db'), { force: true })).rejects.toThrow(
    `so ${at('other.db')} is a database that is in use`,
  )
  expect(await other.journey(workflow, 'a')).toBeDefined()
})

it('refuses with a sentence what is no database of its own, or newer, and backs up an older one', async () => {
  const path = await newPath()
  const at = (name: string) => join(dirname(path), name)
  writeFileSync(at('text'), 'no database at all, '.repeat(100))
  await expect(backUp(at('text'), at('b.db'))).rejects.toThrow('is not a SQLite database; name another file.')
  const foreign = openDatabase(at('foreign.db'))
  foreign.exec('create table t (a)')
  foreign.close()
  await expect(backUp(at('foreign.db'), at('b.db'))).rejects.toThrow('is the database of another program')
  const made = await sqlite(at('newer.db'))
  await made.close()
  const newer = openDatabase(at('newer.db'))
  newer.pragma(`user_version = ${schemaVersion + 1}`)
  newer.close()
  await expect(backUp(at('newer.db'), at('b.db'))).rejects.toThrow('was written by a newer Pipewright')
  writeFileSync(at('empty.db'), '')
  await expect(backUp(at('empty.db'), at('b.db'))).rejects.toThrow('is empty; there is nothing to back up.')
  await expect(backUp(dirname(path), at('b.db'))).rejects.toThrow('is a folder')
  makeOldFile(at('old.db'), 5)
  expect(await backUp(at('old.db'), at('b.db'))).toMatchObject({ schema: 5 })
})

it('says why it cannot be written, and leaves nothing behind', async () => {
  const path = await newPath()
  await openShop(path)
  const at = (name: string) => join(dirname(path), name)
  await expect(backUp(path, at('no/b.db'))).rejects.toThrow(`there is no folder ${at('no')}; make it first.`)
  mkdirSync(at('shut'))
  chmodSync(at('shut'), 0o500)
  if (process.getuid?.() !== 0)
    await expect(backUp(path, at('shut/b.db'))).rejects.toThrow('is not writable for this user')
  const stop = new Error('The screen is gone.')
  const onProgress = () => {
    throw stop
  }
  await expect(backUp(path, at('b.db'), { onProgress })).rejects.toThrow(
    'could not be written: The screen is gone.; what was there before is as it was.',
  )
  expect(readdirSync(dirname(path)).filter((name) => name.startsWith('b.db'))).toEqual([])
})

it('finds that a copy is damaged, or not what was copied', async () => {
  const path = await newPath()
  const backend = await sqlite(path)
  await backend.declare({ workflow, queues: [{ name: 'shop/first', role: 'stage' }], fingerprint: 'v1' })
  await backend.commit(Array.from({ length: 200 }, (_, n) => entering(`t${n}`)))
  await backend.close()
  const contents = { schema: schemaVersion, tokens: 200, lines: 200 }
  checkCopy(path, contents)
  expect(() => checkCopy(path, { ...contents, tokens: 201 })).toThrow(
    `The copy has 200 tokens and 200 lines of schema ${schemaVersion}, and the database 201 tokens`,
  )
  const bytes = readFileSync(path)
  const page = bytes.readUInt16BE(16)
  // The index of the tokens' ids and workflows, or any page behind the schema: its cells are overwritten.
  for (let at = bytes.length - 2 * page; at < bytes.length - page; at += 8)
    bytes.writeUInt32BE(0xffff_ffff, at)
  writeFileSync(path, bytes)
  expect(() => checkCopy(path, contents)).toThrow(/damaged|malformed/)
})

it('gives up where another backup to the same file has begun', async () => {
  const path = await newPath()
  await openShop(path)
  const file = join(dirname(path), 'b.db')
  const parts = { database: path, force: false, bytes: 1 }
  const first = new Target(file, parts)
  const second = new Target(file, parts)
  expect(() => first.complete()).toThrow(
    `Another backup to ${file} has begun meanwhile; this one was given up.`,
  )
  first.remove()
  expect(existsSync(second.partial)).toBe(true)
  second.complete()
  expect(readdirSync(dirname(path)).filter((name) => name.startsWith('b.db'))).toEqual(['b.db'])
  const late = new Target(`${file}2`, parts)
  writeFileSync(`${file}2`, '')
  expect(() => late.complete()).toThrow('is there already')
  late.remove()
})
