import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Shelf } from '../../../src/cli/up/mirror/shelf.mjs'
import { folder } from '../rig.ts'

const folders = ['01_a', '02_b'] as const

/** A shelf in the folder `root`, as after its start. */
function open(root: string, more: Partial<ConstructorParameters<typeof Shelf>[0]> = {}): Shelf {
  return new Shelf({ root, folders, queue: 'app/a', app: 'app', database: '/q.db', ...more })
}

/** The text of the file of the token `id`. */
const own = (id: string, queue = 'app/a') =>
  JSON.stringify({ id, queue, hop: 1, status: 'ready', since: '2026-11-27T00:00:00.000Z' })

const filesIn = (root: string, name: string) => readdirSync(join(root, name)).sort()

it('puts a file, puts another text in its place, and removes it', () => {
  const root = folder()
  const shelf = open(root)
  shelf.sweep()
  for (const text of [own('x'), own('x', 'app/b')]) {
    expect(shelf.put({ folder: '02_b', id: 'x', text })).toBe(true)
    expect(readFileSync(join(root, '02_b/x.json'), 'utf8')).toBe(text)
  }
  for (let twice = 0; twice < 2; twice++)
    expect(shelf.put({ folder: '02_b', id: 'x', text: null })).toBe(true)
  expect(filesIn(root, '02_b')).toEqual([])
})

it('removes at the start what is ours and was not put again, and nothing else', () => {
  const root = folder()
  const before = open(root)
  for (const id of ['stays', 'goes']) before.put({ folder: '02_b', id, text: own(id) })
  const foreign: Readonly<Record<string, string>> = {
    'notes.txt': 'x',
    'list.json': '[1]',
    '.hidden.json': own('hidden'),
    'half.json': '{"id"',
  }
  for (const [name, text] of Object.entries(foreign)) writeFileSync(join(root, '02_b', name), text)
  writeFileSync(join(root, '02_b', 'empty.json'), '')
  mkdirSync(join(root, '02_b', 'folder.json'))
  symlinkSync(join(root, '02_b/goes.json'), join(root, '02_b/link.json'))
  writeFileSync(join(root, 'ours-by-name.json'), own('x'))
  const shelf = open(root)
  shelf.put({ folder: '02_b', id: 'stays', text: own('stays') })
  shelf.sweep()
  expect(filesIn(root, '02_b')).toEqual(
    [...Object.keys(foreign), 'folder.json', 'link.json', 'stays.json'].sort(),
  )
  expect(readdirSync(root)).toContain('ours-by-name.json')
})

it('removes the folders of an earlier version, but for what others have put there', () => {
  const root = folder()
  const before = open(root, { folders: ['01_a', '02_old', '03_older'] })
  for (const name of ['02_old', '03_older']) before.put({ folder: name, id: 'x', text: own('x') })
  writeFileSync(join(root, '03_older/notes.txt'), 'x')
  mkdirSync(join(root, '04_mine'))
  writeFileSync(join(root, '04_mine/x.json'), own('x'))
  open(root).sweep()
  expect(readdirSync(root).sort()).toEqual(['.pipewright', '01_a', '02_b', '03_older', '04_mine'])
  expect(filesIn(root, '03_older')).toEqual(['notes.txt'])
  expect(filesIn(root, '04_mine')).toEqual(['x.json'])
})

it('does not write over what was dropped into the first folder, nor remove it', () => {
  const root = folder()
  const shelf = open(root)
  shelf.sweep()
  expect(shelf.put({ folder: '01_a', id: 'x', text: own('x') })).toBe(true)
  expect(shelf.own.has('x.json')).toBe(true)
  writeFileSync(join(root, '01_a/drop.json'), '{"text": "new"}')
  renameSync(join(root, '01_a/drop.json'), join(root, '01_a/x.json'))
  for (const text of [own('x'), null]) expect(shelf.put({ folder: '01_a', id: 'x', text })).toBe(false)
  expect(shelf.own.has('x.json')).toBe(false)
  expect(readFileSync(join(root, '01_a/x.json'), 'utf8')).toBe('{"text": "new"}')
})

it('is refused to another app, or another database, and follows no link out of its folder', () => {
  const root = folder()
  open(root)
  expect(() => open(root, { database: '/other.db' })).toThrow(
    'It is the mirror of the app "app" on /q.db; give this one a folder of its own, or remove that one.',
  )
  const linked = folder()
  symlinkSync(folder(), join(linked, '01_a'))
  expect(() => open(linked)).toThrow(/01_a is a link, and has to be a folder; remove it\.$/)
})

it('says where a folder is in the place of a file', () => {
  const root = folder()
  const shelf = open(root)
  mkdirSync(join(root, '02_b/x.json'))
  for (const text of [own('x'), null]) expect(shelf.put({ folder: '02_b', id: 'x', text })).toBe(false)
})
