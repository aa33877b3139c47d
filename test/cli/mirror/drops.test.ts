import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Drops } from '../../../src/cli/up/mirror/drops.mjs'
import { Shelf } from '../../../src/cli/up/mirror/shelf.mjs'
import { folder } from '../rig.ts'

function open(root = folder()) {
  const shelf = new Shelf({ root, folders: ['01_a', '02_b'], queue: 'app/a', app: 'app', database: '' })
  shelf.sweep()
  const first = (name: string) => join(root, '01_a', name)
  const reason = (name: string) => readFileSync(join(root, 'rejected', `${name}.reason.txt`), 'utf8')
  return { root, shelf, drops: new Drops(shelf), first, reason }
}

const own = (id: string, queue: string) =>
  JSON.stringify({ id, queue, hop: 1, status: 'ready', since: '2026-11-27T00:00:00.000Z' })

it('takes what is whole at once, keeps it until it is settled, and sees it only once', () => {
  const { root, drops, first } = open()
  writeFileSync(first('x.json'), '\uFEFF{"text": "Hello"}')
  const drop = { name: 'x.json', text: '{"text": "Hello"}' }
  expect(drops.look(0).drops).toEqual([drop])
  expect(existsSync(first('x.json'))).toBe(false)
  // The process may end here: the next one finds it.
  const next = open(root)
  expect(next.drops.look(0).drops).toEqual([drop])
  next.drops.settle({ name: 'x.json' })
  expect(next.drops.look(1000).drops).toEqual([])
})

it('waits for what is still being written, and sets aside what does not become JSON', () => {
  const { drops, first, reason } = open()
  writeFileSync(first('slow.json'), '{"text": ')
  writeFileSync(first('never.json'), '{"text": ')
  expect(drops.look(0)).toMatchObject({ drops: [], refused: [] })
  appendFileSync(first('slow.json'), '"Hel')
  expect(drops.look(1900)).toMatchObject({ drops: [], refused: [] })
  expect(drops.look(2000).refused.map(({ name }) => name)).toEqual(['never.json'])
  expect(reason('never.json')).toMatch(/^It is not JSON: .*\.\n$/)
  appendFileSync(first('slow.json'), 'lo"}')
  expect(drops.look(3900).drops).toMatchObject([{ text: '{"text": "Hello"}' }])
})

it('sets aside what is no plain file without opening it, and what no token is', () => {
  const { root, drops, first, reason } = open()
  execFileSync('mkfifo', [first('fifo.json')])
  mkdirSync(first('folder.json'))
  writeFileSync(join(root, 'secret'), '{"text": "x"}')
  symlinkSync(join(root, 'secret'), first('link.json'))
  writeFileSync(first('large.json'), `{"text": "${'x'.repeat(1_000_000)}"}`)
  writeFileSync(first('list.json'), '[]')
  writeFileSync(first('empty.json'), '')
  writeFileSync(first('bytes.json'), Buffer.from([0x7b, 0xff, 0x7d]))
  for (const name of ['notes.txt', '.hidden.json', 'x.json.part']) writeFileSync(first(name), '')
  const refused = [0, 1000, 2000].flatMap((now) => drops.look(now).refused)
  expect(Object.fromEntries(refused.map((each) => [each.name, each.reason]))).toEqual({
    'fifo.json': 'It is a FIFO, and no plain file.',
    'folder.json': 'It is a folder, and no plain file.',
    'link.json': 'It is a symbolic link, and no plain file.',
    'large.json': 'It is larger than 1 MB, which a token is never.',
    'list.json': 'It is JSON, but no object with fields.',
    'empty.json': 'It is empty.',
    'bytes.json': 'It is no text in UTF-8.',
  })
  for (const { name, reason: said } of refused) {
    expect(reason(name)).toBe(`${said}\n`)
    expect(existsSync(join(root, 'rejected', name))).toBe(true)
  }
  expect(readdirSync(join(root, '01_a')).sort()).toEqual(['.hidden.json', 'notes.txt', 'x.json.part'])
  expect(readFileSync(join(root, 'secret'), 'utf8')).toBe('{"text": "x"}')
})

it('keeps every file that was set aside under one name', () => {
  const { root, drops, first, reason } = open()
  for (const [at, text] of ['{"n": 1}', '{"n": 2}', '{"n": 3}'].entries()) {
    writeFileSync(first('x.json'), text)
    expect(drops.look(at * 60_000).drops).toHaveLength(1)
    drops.settle({ name: 'x.json', reason: `Bad: ${text}` })
  }
  expect(readdirSync(join(root, 'rejected')).filter((name) => name.endsWith('.json'))).toEqual([
    'x.2.json',
    'x.3.json',
    'x.json',
  ])
  expect(reason('x.2.json')).toBe('Bad: {"n": 2}\n')
})

it('knows its own files, and says of copies of others that they move no token', () => {
  const { shelf, drops, first, reason } = open()
  shelf.put({ folder: '01_a', id: 'ours', text: own('ours', 'app/a') })
  expect(drops.look(0)).toMatchObject({ drops: [], refused: [], copies: [] })
  writeFileSync(first('moved.json'), own('moved', 'app/b'))
  writeFileSync(first('left.json'), own('left', 'app/a'))
  expect(drops.look(1000)).toMatchObject({ drops: [], copies: ['left', 'moved'] })
  expect(reason('moved.json')).toContain('token "moved"')
  expect(shelf.own.has('left.json')).toBe(true)
})

it('takes many, some at a time', () => {
  const { drops, first } = open()
  for (let n = 0; n < 1100; n++) writeFileSync(first(`t${n}.json`), '{}')
  const names = new Set<string>()
  for (let more = true; more; ) {
    const found = drops.look(0)
    for (const { name } of found.drops) {
      names.add(name)
      drops.settle({ name })
    }
    more = found.more
  }
  expect(names.size).toBe(1100)
})

it.each(['x', 'ä'])('sets aside a file whose name is as long as a name can be, of "%s"', (letter) => {
  const { root, drops, first } = open()
  const name = `${letter.repeat(Math.floor(250 / Buffer.byteLength(letter)))}.json`
  for (const times of [1, 2]) {
    writeFileSync(first(name), '{"text": "Hello"}')
    expect(drops.look(times * 1000).drops).toMatchObject([{ name }])
    drops.settle({ name, reason: 'It is known.' })
    expect(drops.look(times * 1000 + 500)).toMatchObject({ drops: [], refused: [] })
    expect(readdirSync(join(root, 'rejected'))).toHaveLength(times * 2)
  }
  mkdirSync(first(name))
  expect(drops.look(9000).refused).toMatchObject([{ name }])
  expect(existsSync(first(name))).toBe(false)
})
