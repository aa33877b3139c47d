import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type Member, makeArchive } from '../../../workflows/books/sample/make-archive.ts'
import unpack from '../../../workflows/books/stages/unpack.task.ts'
import { packFolder } from '../../../workflows/books/tarball/pack-folder.ts'
import { unpackFile } from '../../../workflows/books/tarball/unpack-file.ts'
import { scratchFolder } from './scratch.ts'

const file = (name: string, text = name): Member => ({ name, body: Buffer.from(text) })

async function attempt(archive: Uint8Array, caps = {}, root = 'root') {
  const folder = scratchFolder()
  writeFileSync(join(folder, 'in'), archive)
  const target = join(folder, 'out', 'book')
  const result = await unpackFile({ source: join(folder, 'in'), folder: target, caps, root }).catch(
    (error: unknown) => error,
  )
  return { result, target, left: readdirSync(join(folder, 'out')), outside: readdirSync(folder) }
}

test('files come out with their bytes and a mode of ours', async () => {
  const { result, target } = await attempt(
    makeArchive([file('a', 'x'.repeat(5000)), file('b', ''), file('c')]),
  )
  expect(result).toEqual({ files: 3, bytes: 5001 })
  expect(readFileSync(join(target, 'a'), 'utf8')).toBe('x'.repeat(5000))
  expect(readdirSync(target)).toEqual(['a', 'b', 'c'])
  expect(statSync(join(target, 'c')).mode & 0o7777).toBe(0o600)
})

test.each([
  ['a path that leaves the folder', 'BadFilename', [file('a'), file('../x')]],
  ['an absolute path', 'BadFilename', [file('/etc/x')]],
  ['a folder', 'BadFilename', [file('sub/x')]],
  ['a folder in the root', 'BadFilename', [file('root/sub/x')]],
  ['a folder without files', 'BadFile', [file('sub/', '')]],
  ['the folder itself as a file', 'BadFilename', [file('.')]],
  ['a name twice, in the root and out of it', 'BadFilename', [file('a'), file('root/a')]],
  ['nothing but the folder itself', 'BadFile', [file('./', '')]],
  ['a name twice', 'BadFilename', [file('a'), file('./a')]],
  ['a link', 'BadFile', [{ ...file('a', ''), link: '/etc/passwd' }]],
])('%s is refused, and nothing is left', async (_what, code, members) => {
  const { result, left, outside } = await attempt(makeArchive(members))
  expect(result).toMatchObject({ code, retry: false })
  expect(left).toEqual([])
  expect(outside.sort()).toEqual(['in', 'out'])
})

test('a file called like the folder that the others may lie in is a file', async () => {
  for (const name of ['root', './root', 'root/root']) {
    const { result, target } = await attempt(makeArchive([file(name, 'x'), file('a')]))
    expect(result).toMatchObject({ files: 2 })
    expect(readdirSync(target)).toEqual(['a', 'root'])
  }
  const twice = await attempt(makeArchive([file('root'), file('root/root')]))
  expect(twice.result).toMatchObject({ code: 'BadFilename' })
})

test('an archive cut anywhere is refused', async () => {
  const tar = gunzipSync(makeArchive([file('a', 'x'.repeat(700)), file('b')]))
  for (const end of [0, 100, 512, 1000, 1700, tar.length - 1]) {
    expect((await attempt(gzipSync(tar.subarray(0, end)))).result, `cut at ${end}`).toMatchObject({
      code: 'BadFile',
    })
  }
  // Between two files the archive alone does not show whether there was more.
  for (const [end, files] of [
    [1536, 1],
    [2560, 2],
    [tar.length - 512, 2],
  ] as const) {
    expect((await attempt(gzipSync(tar.subarray(0, end)))).result).toMatchObject({
      files,
      oddity: 'no end mark',
    })
  }
  const whole = gzipSync(tar)
  for (const end of [1, 9, 30, whole.length - 8, whole.length - 1]) {
    expect((await attempt(whole.subarray(0, end))).result, `gzip cut at ${end}`).toMatchObject({
      code: 'BadFile',
    })
  }
})

test('everything after the end of the archive, or of the gzip file, is refused or reported', async () => {
  const tar = gunzipSync(makeArchive([file('a')]))
  const hidden = gunzipSync(makeArchive([file('hidden')]))
  const another = await attempt(gzipSync(Buffer.concat([tar, hidden])))
  expect(another.result).toEqual({ files: 1, bytes: 1, oddity: 'another archive follows' })
  expect(readdirSync(another.target)).toEqual(['a'])
  const noise = Buffer.concat([tar, Buffer.alloc(512, 'noise')])
  expect((await attempt(gzipSync(noise))).result).toMatchObject({ code: 'BadFile' })
  const garbage = Buffer.concat([gzipSync(tar), Buffer.from('garbage')])
  expect((await attempt(garbage)).result).toMatchObject({ code: 'BadFile' })
  expect((await attempt(gzipSync(Buffer.concat([tar, Buffer.alloc(8192)])))).result).toEqual({
    files: 1,
    bytes: 1,
  })
})

test.each([
  ['from within its folder', [file('./', ''), file('./a', 'x'), file('./b', 'y')], {}],
  [
    'in a folder of its own',
    [file('root/', ''), file('root/a', 'x'), file('root/b', 'y')],
    { isRooted: true },
  ],
  ['in a folder without an entry', [file('./root/a', 'x'), file('root/b', 'y')], { isRooted: true }],
])('an archive that was packed %s is unpacked flat', async (_what, members, told) => {
  const { result, target } = await attempt(makeArchive(members))
  expect(result).toEqual({ files: 2, bytes: 2, ...told })
  expect(readdirSync(target)).toEqual(['a', 'b'])
})

test('the padding of tapes is passed over, in the archive and after the gzip file, up to 64 MiB', async () => {
  const tar = gunzipSync(makeArchive([file('a')]))
  const record = Buffer.alloc(8192 * 512)
  tar.copy(record)
  const right = { files: 1, bytes: 1 }
  expect((await attempt(gzipSync(record))).result).toEqual(right)
  const whole = gzipSync(tar)
  for (const bytes of [1, 512, 2 ** 18 - whole.length, 2 ** 18 - whole.length + 1, 10 ** 6])
    expect((await attempt(Buffer.concat([whole, Buffer.alloc(bytes)]))).result).toEqual(right)
  for (const garbage of [
    Buffer.alloc(3 * 2 ** 18).fill('x', 2 ** 19),
    Buffer.concat([Buffer.alloc(9), whole]),
  ])
    expect((await attempt(Buffer.concat([whole, garbage]))).result).toMatchObject({ code: 'BadFile' })
  const endless = await attempt(gzipSync(Buffer.concat([tar, Buffer.alloc(2 ** 26 + 1024)]), { level: 1 }))
  expect(endless.result).toMatchObject({ code: 'TooLarge' })
})

test('a header whose checksum is wrong, and a compressed archive inside, are refused', async () => {
  const tar = gunzipSync(makeArchive([file('a')]))
  tar[5]! ^= 1
  expect((await attempt(gzipSync(tar))).result).toMatchObject({ code: 'BadFile' })
  expect((await attempt(gzipSync(makeArchive([file('a')])))).result).toMatchObject({ code: 'BadFile' })
})

test('caps on files, bytes and time hold', async () => {
  const archive = makeArchive([file('a', 'x'.repeat(1000)), file('b'), file('c')])
  for (const caps of [{ maxEntries: 2 }, { maxBytes: 1001 }]) {
    const { result, left } = await attempt(archive, caps)
    expect(result).toMatchObject({ code: 'TooLarge' })
    expect(left).toEqual([])
  }
  const many = makeArchive(Array.from({ length: 2000 }, (_, index) => file(`f${index}`)))
  expect((await attempt(many, { deadlineMs: 5 })).result).toMatchObject({ code: 'TooLarge' })
})

test('a notebook of blank pages is no bomb, and what an app allows counts for all archives', async () => {
  const blank = (page: number) =>
    ['tif', 'html', 'txt'].map((extension) => file(`${String(page).padStart(8, '0')}.${extension}`, ''))
  const notebook = makeArchive(Array.from({ length: 340 }, (_, page) => blank(page + 1)).flat())
  expect((await attempt(notebook)).result).toMatchObject({ files: 1020 })
  const folder = scratchFolder()
  writeFileSync(join(folder, 'in'), notebook)
  const order = {
    ...{ source: join(folder, 'in'), folder: join(folder, 'out'), findings: join(folder, 'findings.txt') },
    ...{ barcode: 'abc', accepted: [] },
  }
  const { signal } = new AbortController()
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const context = {
    id: 'abc',
    key: 'abc:1',
    stageKey: 'abc:1',
    attempt: 1,
    config: null,
    signal,
    log,
    progress() {},
  }
  const tried = (limits: object) => unpack({ ...order, limits }, context).catch((error) => error.code)
  expect(await tried({ files: 1019 })).toBe('TooLarge')
  // The pages are blank indeed.
  expect(await tried({ files: 1020 })).toBe('MissingFile')
})

test('unpacking again replaces the folder and what a crash has left beside it', async () => {
  const { target, result } = await attempt(makeArchive([file('a')]))
  expect(result).toMatchObject({ files: 1 })
  writeFileSync(`${target}.0123456789ab.partial`, 'left behind')
  writeFileSync(join(target, 'stale'), '')
  await unpackFile({ source: join(target, '../../in'), folder: target })
  expect(readdirSync(join(target, '..'))).toEqual(['book'])
  expect(readdirSync(target)).toEqual(['a'])
})

test('packing the same files gives the same bytes, which unpack to the same files', async () => {
  const { target } = await attempt(makeArchive([file('b', 'x'.repeat(3000)), file('a')]))
  const packed = `${target}.tar.gz`
  const first = await packFolder({ folder: target, target: packed })
  expect(await packFolder({ folder: target, target: packed })).toEqual(first)
  await unpackFile({ source: packed, folder: `${target}2` })
  expect(readFileSync(join(`${target}2`, 'b'), 'utf8')).toBe('x'.repeat(3000))
  expect(existsSync(join(`${target}2`, 'a'))).toBe(true)
})

// node-tar ended the process here, by an error that could not be caught.
test('a file that becomes shorter while it is packed, or is gone, is reported, and nothing is left', async () => {
  const folder = scratchFolder()
  const target = join(scratchFolder(), 'packed.tar.gz')
  const file = join(folder, '00000001.tif')
  writeFileSync(file, Buffer.alloc(3 * 2 ** 20))
  const shortening = { throwIfAborted: () => truncateSync(file, 2 ** 20) } as AbortSignal
  await expect(packFolder({ folder, target, signal: shortening })).rejects.toMatchObject({
    code: 'OperationFailed',
    message: '00000001.tif became shorter while it was packed.',
    actual: 2 ** 20,
    expected: 3 * 2 ** 20,
  })
  rmSync(file)
  symlinkSync(join(folder, 'nowhere'), file)
  await expect(packFolder({ folder, target })).rejects.toMatchObject({ code: 'ENOENT' })
  expect(readdirSync(dirname(target))).toEqual([])
})
