import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { readConfig } from '../../src/app/config/read-config.ts'
import { filePath } from '../../src/app/file-path.ts'
import { folder } from './rig.ts'

const schema = z.object({
  barcode: z.string().default('none'),
  workers: z.int().min(1).default(1),
  storage: z.object({ bucket: z.string() }).optional(),
  list: z.array(z.object({ id: z.string() })).default([]),
  free: z.record(z.string(), z.number()).default({}),
})

/** What reading `text` gives: the config, or the sentences in which it is refused. */
async function read(text: string | Uint8Array): Promise<unknown> {
  const path = join(folder(), 'c.yaml')
  writeFileSync(path, text)
  return readConfig(schema, path).catch((error: Error) => error.message.replaceAll(path, 'c.yaml'))
}

it('takes a file as the schema wants it, and the defaults without one', async () => {
  const whole = { barcode: '0012', workers: 2, list: [{ id: 'a' }], free: { any: 1 } }
  expect(await read('barcode: "0012"\nworkers: 2\nlist:\n  - id: a\nfree: { any: 1 }\n')).toEqual(whole)
  const defaults = { barcode: 'none', workers: 1, list: [], free: {} }
  expect(await read('{}')).toEqual(defaults)
  expect(await readConfig(schema)).toEqual(defaults)
})

it('names the file, the line and the key of what it refuses', async () => {
  expect(await read('workers: 1\nbarcode: 0012345678905\n')).toBe(
    'c.yaml:2: "barcode": Invalid input: expected string, received number; write it in quotes.',
  )
  expect(await read('list:\n  - id: a\n  - id: 7\n')).toMatch(/^c\.yaml:3: "list\.1\.id": .*quotes\.$/)
  expect(await read('workers: 0')).toMatch(/^c\.yaml:1: "workers": Too small/)
  expect(await read('workers: 1\nstorage: {}\n')).toMatch(/^c\.yaml:2: "storage\.bucket": it is missing/)
  expect(await read('- a\n')).toMatch(/^c\.yaml:1: A config is a list of keys and values/)
})

it('names every fault, one a line', async () => {
  const text = (await read('workers: x\nbarcode: 1\n')) as string
  expect(
    text
      .split('\n')
      .map((line) => line.slice(0, 8))
      .sort(),
  ).toEqual(['c.yaml:1', 'c.yaml:2'])
})

it('refuses keys that the schema does not know, however deep', async () => {
  expect(await read('worker: 2\nlist:\n  - id: a\n    idd: b\n')).toBe(
    'c.yaml:1: "worker" is not known here; remove it or correct its name.\n' +
      'c.yaml:4: "list.0.idd" is not known here; remove it or correct its name.',
  )
})

const folderStore = z.object({ kind: z.literal('folder'), at: filePath(), depth: z.number().optional() })
const bucketStore = z.object({ kind: z.literal('bucket'), at: z.string(), region: z.string().optional() })

/** Every way in which a schema may have something within. */
const nested = z
  .object({
    told: z.discriminatedUnion('kind', [folderStore, bucketStore]),
    either: z.union([folderStore, bucketStore]),
    list: z.array(z.union([z.number(), folderStore])),
    pair: z.tuple([filePath(), folderStore], bucketStore),
    record: z.record(z.string(), folderStore),
    nullable: folderStore.nullable(),
    both: z.intersection(z.record(z.string(), z.string()), z.object({ at: filePath() })),
    common: z.object({ at: filePath() }).and(folderStore.or(bucketStore)),
    place: z.union([z.literal('memory'), filePath(), z.url()]),
    since: z.coerce.date(),
    custom: z.union([z.custom<boolean>((value) => value === true), folderStore]),
    get inner() {
      return z.union([nested, z.array(nested)])
    },
  })
  .partial()

async function readNested(text: string): Promise<unknown> {
  const root = folder({ 'c.yaml': text })
  const path = join(root, 'c.yaml')
  const config = await readConfig(nested, path).catch((error: Error) => error.message)
  return JSON.parse(JSON.stringify(config).replaceAll(path, 'c.yaml').replaceAll(root, '/root'))
}

it('makes paths absolute wherever the schema has them, and nothing else', async () => {
  const own = '{ kind: folder, at: x }'
  const others = '{ kind: bucket, at: x }'
  const [made, kept] = [
    { kind: 'folder', at: '/root/x' },
    { kind: 'bucket', at: 'x' },
  ]
  for (const [text, value] of [
    [`told: ${own}`, { told: made }],
    [`told: ${others}`, { told: kept }],
    [`either: ${own}`, { either: made }],
    [`either: ${others}`, { either: kept }],
    [`list: [1, ${own}]`, { list: [1, made] }],
    [`pair: [x, ${own}, ${others}]`, { pair: ['/root/x', made, kept] }],
    [`record: { a: ${own} }`, { record: { a: made } }],
    [`nullable: ${own}`, { nullable: made }],
    ['nullable: null', { nullable: null }],
    ['both: { at: x, more: x }', { both: { at: '/root/x', more: 'x' } }],
    ['place: memory', { place: 'memory' }],
    ['place: x', { place: '/root/x' }],
    ['place: https://example.org', { place: 'https://example.org' }],
    [`{ since: 2026-11-26, told: ${own} }`, { since: '2026-11-26T00:00:00.000Z', told: made }],
    ['custom: true', { custom: true }],
    [`custom: ${own}`, { custom: made }],
    [`inner: { inner: [{ told: ${own} }] }`, { inner: { inner: [{ told: made }] } }],
  ] as const) {
    expect(await readNested(text), text).toEqual(value)
  }
})

it('refuses keys that the schema does not know, however it has them', async () => {
  const misspelt = '{ kind: folder, at: x, dept: 3 }'
  for (const [text, key] of [
    [`told: ${misspelt}`, 'told.dept'],
    ['told: { kind: folder, at: x, region: y }', 'told.region'],
    ['told: { kind: folder, att: x }', 'told.att'],
    [`either: ${misspelt}`, 'either.dept'],
    ['either: { kind: bucket, at: x, depth: 3 }', 'either.depth'],
    [`list: [1, ${misspelt}]`, 'list.1.dept'],
    [`pair: [x, ${misspelt}]`, 'pair.1.dept'],
    [`record: { a: ${misspelt} }`, 'record.a.dept'],
    [`nullable: ${misspelt}`, 'nullable.dept'],
    [`common: ${misspelt}`, 'common.dept'],
    [`inner: [{ inner: { told: ${misspelt} } }]`, 'inner.0.inner.told.dept'],
  ] as const) {
    expect(await readNested(text), text).toBe(
      `c.yaml:1: "${key}" is not known here; remove it or correct its name.`,
    )
  }
  const known = { told: { kind: 'bucket', at: 'x', region: 'y' }, both: { at: '/root/x', any: 'y' } }
  expect(await readNested(JSON.stringify({ ...known, both: { at: 'x', any: 'y' } }))).toEqual(known)
})

it('refuses what is not plain YAML, and never shows what is in the file', async () => {
  for (const text of [
    'a: 1\na: 2\n',
    'a: [1\n',
    'a: b: c\n',
    '"unclosed\n',
    'a: !!odd 1\n',
    'barcode: *missing\n',
    '\tx: 1\n',
  ]) {
    expect(await read(text), text).toMatch(/^c\.yaml:\d+: This is not valid YAML: .*\.$/m)
  }
  expect(await read('barcode: &hush [ hunter2\n')).not.toContain('hunter2')
  expect(await read('workers: hunter2\nbarcode: 5555\n')).not.toMatch(/hunter2|5555/)
})

it('takes a name of an anchor that only people could misread', async () => {
  // With all warnings taken for faults, as it was, this was refused: "Anchor ending in : is ambiguous".
  expect(await read('barcode: &a: one\nlist: [{ id: *a: }]\n')).toMatchObject({
    barcode: 'one',
    list: [{ id: 'one' }],
  })
})

it('refuses files that would cost too much: aliases on aliases, too many bytes, no text', async () => {
  const lines = ['l0: &l0 [a,a,a,a,a,a,a,a,a]']
  for (let i = 1; i < 9; i++) lines.push(`l${i}: &l${i} [${Array(9).fill(`*l${i - 1}`)}]`)
  expect(await read(lines.join('\n'))).toBe(
    'c.yaml:5: This YAML uses too many aliases; write out what they stand for.',
  )
  expect(await read(new Uint8Array([0x61, 0x3a, 0xff]))).toBe('The config c.yaml is not UTF-8 text.')
  const path = join(folder({ 'big.yaml': '' }), 'big.yaml')
  truncateSync(path, 1_000_001)
  await expect(readConfig(schema, path)).rejects.toThrow('is 1000001 bytes long; 1000000 are allowed')
  await expect(readConfig(schema, '/nowhere/c.yaml')).rejects.toThrow(
    'could not be read: there is no such file.',
  )
  await expect(readConfig(schema, folder())).rejects.toThrow('is not a file')
})

it('looks once at each of many aliases, and names the line of the one too many', async () => {
  const refusal = ': This YAML uses too many aliases; write out what they stand for.'
  const flow = `a: &a [x]\nb: [${Array(100_000).fill('*a')}]`
  expect(await read(flow)).toBe(`c.yaml:2${refusal}`)
  const block = `a: &a [x]\nb:\n${'  - *a\n'.repeat(100_000)}`
  expect(await read(block)).toBe(`c.yaml:103${refusal}`)
  const starred = `barcode: |\n${'  *a\n'.repeat(200)}`
  expect(await read(starred)).toMatchObject({ barcode: '*a\n'.repeat(200) })
  expect(await read('barcode: &b [&b { c: *b }]')).toMatch(/^c\.yaml:1: .*An alias names no anchor in front/)
})

it('refuses what is nested deeper than anything would read, in flow and in block style', async () => {
  const refusal = /^c\.yaml:\d+: This is nested more than 100 levels deep\.$/
  const indented = Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:\n`).join('')
  for (const text of [
    '['.repeat(100_000),
    '{a: '.repeat(100_000),
    '- '.repeat(100_000),
    '? '.repeat(100_000),
  ]) {
    expect(await read(text)).toMatch(refusal)
  }
  expect(await read(indented)).toMatch(/^c\.yaml:\d\d\d?: This is nested/)
  expect(await read(`free: ${'['.repeat(90)}${']'.repeat(90)}`)).not.toMatch(refusal)
})

it('refuses what is too long for a config, before it compares each key with all others', async () => {
  const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`).join('\n')
  expect(await read(keys)).toMatch(/^c\.yaml:\d{4}: This file is too long for a config\.$/)
  expect(await read(`a${':'.repeat(2000)}`)).toMatch(/: The : indicator must be at most 1024 chars/)
})

it('refuses a file in which nothing is left, as after a disk that was full', async () => {
  for (const text of ['', '\n\n', '# workers: 2\n', '---\n', 'null', '~\n']) {
    expect(await read(text), text).toBe(
      'The config c.yaml is empty; write {} into it if all the defaults are meant, or leave out --config.',
    )
  }
})

it('gives advice to the person who writes the file, and shows no secret that is no YAML', async () => {
  expect(await read('workers: 1\n---\nworkers: 2\n')).toBe(
    'c.yaml:2: A second YAML document begins here; a config is one.',
  )
  for (const text of [
    'barcode: !hunter2\n',
    'barcode: !!hunter2 x\n',
    'barcode: !h!hunter2 x\n',
    'barcode: !<hunter2 x\n',
    'barcode: |hunter2\n',
    'barcode: "\\hunter2"\n',
    'barcode: &hunter2[ x\n',
    '%hunter2\n--- {}\n',
    'barcode: *hunter2\n',
    'barcode: @hunter2\n',
    'barcode: [hunter2\n',
  ]) {
    expect(await read(text), text).toMatch(/^c\.yaml:\d+: This is not valid YAML: [^\n]*\.(\n|$)/)
    expect(await read(text), text).not.toMatch(/hunter|YAML\.|\(\)/)
  }
})

it('says that a file is needed where there is no default', async () => {
  await expect(readConfig(z.object({ folder: z.string() }))).rejects.toThrow(
    'This app needs a config file (--config FILE.yaml): it has no default for "folder".',
  )
})
