import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { Header } from 'tar'
import { expect, test } from 'vitest'
import { makeArchive } from '../../../workflows/books/sample/make-archive.ts'
import { unpackFile } from '../../../workflows/books/tarball/unpack-file.ts'
import { scratchFolder } from './scratch.ts'

const file = (name: string, text = name): Buffer => {
  const whole = gunzipSync(makeArchive([{ name, body: Buffer.from(text) }]))
  return whole.subarray(0, whole.length - 1024)
}

type Kind = 'ExtendedHeader' | 'GlobalExtendedHeader' | 'NextFileHasLongPath' | 'NextFileHasLongLinkpath'

function extended(type: Kind, text: string): Buffer {
  const body = Buffer.from(text)
  const header = new Header({ path: 'extended', mode: 0o644, size: body.length, mtime: new Date(0), type })
  header.encode()
  return Buffer.concat([header.block!, body, Buffer.alloc((512 - (body.length % 512)) % 512)])
}

/** A record of pax; its length counts its own digits. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const bytes = Buffer.byteLength(rest)
  return `${[1, 2, 3, 4, 5, 6, 7].map((digits) => digits + bytes).find((all, at) => String(all).length === at + 1)}${rest}`
}

async function attempt(blocks: readonly Buffer[], caps = {}) {
  const folder = scratchFolder()
  const source = join(folder, 'in')
  writeFileSync(source, gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]), { level: 1 }))
  const target = join(folder, 'out', 'book')
  const result = await unpackFile({ source, folder: target, caps, root: 'root' }).catch(
    (error: unknown) => error,
  )
  return { result, target }
}

const kinds: Kind[] = [
  'ExtendedHeader',
  'GlobalExtendedHeader',
  'NextFileHasLongPath',
  'NextFileHasLongLinkpath',
]

test.each(kinds)('headers of the type %s have 1 KiB a member in the whole archive', async (type) => {
  const text = type.startsWith('Next') ? 'a'.repeat(200) : record('comment', 'x'.repeat(400))
  for (const each of [text, '']) {
    const many = Array.from({ length: 21 }, () => extended(type, each))
    const { result } = await attempt([...many, file('a')], { maxEntries: 10 })
    expect(result).toMatchObject({
      code: 'TooLarge',
      retry: false,
      message: 'The archive has more than 10240 bytes of extended headers.',
      detail: 'If it is what it should be, raise the limit of files in the config, and try again.',
    })
  }
})

test('extended headers of many members are counted together, by default up to 3,000 KiB', async () => {
  const large = extended('ExtendedHeader', record('comment', 'x'.repeat(1_000_000)))
  const members = (count: number) => Array.from({ length: count }, (_, at) => [large, file(`f${at}`)]).flat()
  expect((await attempt(members(3))).result).toMatchObject({ files: 3 })
  expect((await attempt(members(4))).result).toMatchObject({ code: 'TooLarge' })
})

test.each([['1.5'], ['0x10'], ['1e3'], ['100000.5'], ['Infinity'], [''], [' 1']])(
  'a size of "%s" in an extended header is refused as no number of bytes',
  async (size) => {
    for (const type of ['ExtendedHeader', 'GlobalExtendedHeader'] as const) {
      const { result } = await attempt([extended(type, record('size', size)), file('a'), file('b')])
      expect(result).toMatchObject({
        code: 'BadFile',
        retry: false,
        message: `The archive says that the size of a is ${JSON.stringify(size)}, which is no number of bytes.`,
        file: 'a',
      })
    }
  },
)

test('what a comment says is no record, in one line or more', async () => {
  const comment = `GNU.sparse.map=0,1\n${record('size', '0x1')}${record('path', '../x')}GNU.sparse.\n`
  const blocks = [extended('ExtendedHeader', record('comment', comment) + record('path', 'real')), file('a')]
  const { result, target } = await attempt(blocks)
  expect(result).toEqual({ files: 1, bytes: 1 })
  expect(readFileSync(join(target, 'real'), 'utf8')).toBe('a')
  const sparse = await attempt([extended('ExtendedHeader', record('GNU.sparse.major', '1')), file('a')])
  expect(sparse.result).toMatchObject({ code: 'BadFile', message: 'The file a is stored sparsely.' })
})

test('letters of several bytes may lie across the blocks of an extended header', async () => {
  const path = 'ä'.repeat(100)
  for (const before of ['x'.repeat(390), 'x'.repeat(391)]) {
    const text = record('comment', before) + record('path', path)
    const { target } = await attempt([extended('ExtendedHeader', text), file('a')])
    expect(readdirSync(target)).toEqual([path])
  }
})

test.each([
  ['no length', 'path=a\n'],
  ['a length that is too large', '99 a=b\n'],
  ['a length that is too small', '5 a=b\n'],
  ['no value', '4 a\n'],
])('an extended header with %s is malformed', async (_what, text) => {
  const { result } = await attempt([extended('ExtendedHeader', text), file('a')])
  expect(result).toMatchObject({ code: 'BadFile', message: 'The archive has a malformed extended header.' })
})

test.each([
  ['a NUL', 'a\0b'],
  ['a line end', 'a\nb'],
])('a name with %s in it is refused', async (what, name) => {
  const { result } = await attempt([extended('ExtendedHeader', record('path', name)), file('a')])
  const message = `The archive holds a name with ${what} in it.`
  expect(result).toMatchObject({ code: 'BadFilename', message })
})
