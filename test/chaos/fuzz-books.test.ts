import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { Defect } from '../../workflows/books/defect.ts'
import { readMets } from '../../workflows/books/mets/read-mets.ts'
import { checkPackage } from '../../workflows/books/package/check-package.ts'
import { checkPage } from '../../workflows/books/package/check-page.ts'
import { checkChecksums } from '../../workflows/books/package/checksums.ts'
import { pageFileOf } from '../../workflows/books/package/file-names.ts'
import unpack from '../../workflows/books/stages/unpack.task.ts'
import { unpackFile } from '../../workflows/books/tarball/unpack-file.ts'
import { hocr, jp2, tiff } from '../workflows/books/page-files.ts'
import { book, checksums, mets, pages } from './hostile/good-book.ts'
import { mutate, mutations } from './hostile/mutate.ts'
import { base256, type RawMember, records, tar } from './hostile/tar-bytes.ts'
import { runs, tried } from './hostile/tried.ts'

// What is real is changed a little, a great many times. A failure shows its seed and the smallest change that does it;
// CHAOS_SEED repeats it. How each protection was taken out once, to see this fail: see the comment at each.

const barcode = '32101700000777'
const members = pages(barcode).map(({ name, body }) => ({
  name,
  body: name.endsWith('.tif') ? tiff({ parts: [Buffer.alloc(5000, 'an image ')] }) : body,
}))
const archive = book(members)
const context = {
  ...{ id: barcode, key: barcode, stageKey: barcode, attempt: 1, config: null, progress: () => {} },
  signal: new AbortController().signal,
  log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
}

/** Unpacks and checks a changed archive; what is accepted must have the pages as they were: there, or in the archive that is stored as it came. */
async function unpacks(bytes: Uint8Array): Promise<void> {
  const { result, odd, bodies } = await tried(bytes, async (folder) => {
    const [source, out] = [join(folder, 'in'), join(folder, 'out')]
    const findings = join(folder, 'findings.txt')
    const checked = await unpack({ source, folder: out, barcode, findings, accepted: [] }, context)
    if (checked.texts !== undefined) await unpackFile({ source, folder: out })
    return checked
  })
  expect(odd).toEqual([])
  if (result instanceof Error) expect(result).toBeInstanceOf(Defect)
  else for (const { name, body } of members) expect(bodies.get(`out/${name}`)).toBe(body.toString('latin1'))
}

// Without the comparison of the md5 (`checksums.ts`), a flipped bit in a body is accepted.
it('accepts of a changed archive only what is whole', { timeout: 600_000 }, () =>
  fc.assert(
    fc.asyncProperty(mutations, (changes) => unpacks(gzipSync(mutate(archive, changes), { level: 1 }))),
    runs(120, 3000),
  ),
)

it('accepts of a changed gzip file only what is whole', { timeout: 600_000 }, () =>
  fc.assert(
    fc.asyncProperty(mutations, (changes) => unpacks(mutate(gzipSync(archive), changes))),
    runs(80, 2000),
  ),
)

const field = fc.oneof(
  fc.integer({ min: 0, max: 2000 }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(base256),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
)
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), {
  weight: 6,
  arbitrary: fc.constantFrom(
    '../x',
    'y/../../x',
    'y/x',
    './y/z',
    './',
    'y/',
    'y',
    'z',
    '/x',
    'a/../../x',
    './a',
    'a',
    'A',
    '00000001.txt',
    '',
    '.',
    '..',
    'C:x',
    'a\\b',
    'a\0b',
  ),
})
const someMember: fc.Arbitrary<RawMember> = fc.record(
  {
    name: text,
    body: fc.uint8Array({ maxLength: 700 }).map((bytes) => Buffer.from(bytes)),
    type: fc.constantFrom(
      '\0',
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      'x',
      'g',
      'L',
      'K',
      'S',
      'D',
      'V',
      'M',
      'Z',
    ),
    link: text,
    mode: fc.integer({ min: 0, max: 0o7777 }),
    size: field,
  },
  { requiredKeys: ['name'] },
)
const honestMember = fc.record({ name: text, body: fc.constant(Buffer.from('honest')) })
const somePax = fc
  .dictionary(
    fc.constantFrom('path', 'linkpath', 'size', 'mode', 'GNU.sparse.name', 'GNU.sparse.map', 'x'),
    text,
  )
  .map((fields): RawMember => ({ name: 'pax', type: 'x', body: records(fields) }))

// Without `refuse('which leaves the folder')` in `member-name.ts`, a file is found outside.
it('makes of any archive only plain files, inside the folder, or nothing', { timeout: 600_000 }, () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(someMember, somePax, { weight: 4, arbitrary: honestMember }), { maxLength: 5 }),
      fc.constantFrom(undefined, 'a', 'y'),
      async (some, root) => {
        const { result, left, odd } = await tried(gzipSync(tar(...some), { level: 1 }), (folder) =>
          unpackFile({ source: join(folder, 'in'), folder: join(folder, 'out'), ...(root && { root }) }),
        )
        expect(odd).toEqual([])
        if (result instanceof Error) {
          expect(result).toBeInstanceOf(Defect)
          expect(left).toEqual([])
        } else expect(left.filter((name) => !/^out(\/[^/]+)?$/.test(name))).toEqual([])
      },
    ),
    runs(100),
  ),
)

// Without the `catch` in `read-mets.ts`, what saxes throws comes out as it is.
it('reads a changed METS, or says what is wrong with it', { timeout: 600_000 }, () =>
  fc.assert(
    fc.asyncProperty(mutations, async (changes) => {
      const { result } = await tried(mutate(Buffer.from(mets()), changes), (folder) =>
        readMets(join(folder, 'in')),
      )
      if (result instanceof Error) expect(result).toMatchObject({ code: 'BadFile' })
      else expect(result).toMatchObject({ pages: expect.any(Number) })
    }),
    runs(200),
  ),
)

const files = ['00000001.tif', '00000001.html', '00000001.txt'].map(
  (name) =>
    `<mets:file SIZE="${members.find((one) => one.name === name)!.body.length}" CHECKSUM="${'0'.repeat(32)}"><mets:FLocat xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="${name}"/></mets:file>`,
)

// Without the `catch` in `check-image.ts`, an `ImageFault` comes out.
it('finds in a changed page a defect, or nothing', { timeout: 600_000 }, async () => {
  const parts = [Buffer.alloc(40, 1), Buffer.alloc(50, 2)]
  const orders = [{}, { isBigEndian: true }, { isBig: true }, { isBig: true, isBigEndian: true }]
  const pages = [
    ...orders.map((order) => ['00000001.tif', tiff({ ...order, parts })] as const),
    ['00000001.jp2', jp2] as const,
    ['00000001.html', hocr('a <b class=x>b</b>')] as const,
  ]
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...pages), mutations, async ([name, body], changes) => {
      const { result } = await tried(mutate(body, changes), async (folder) => {
        renameSync(join(folder, 'in'), join(folder, name))
        await checkPage(folder, pageFileOf(name)!)
      })
      if (result !== undefined) expect(result).toMatchObject({ name: 'Defect', file: name })
    }),
    runs(150),
  )
})

// Without `present.has` in `compare-mets.ts`, a changed name of a file makes an error of the system (in the long form).
it('finds in a changed list of files defects, or nothing', { timeout: 600_000 }, () =>
  fc.assert(
    fc.asyncProperty(mutations, async (changes) => {
      const xml = mutate(
        Buffer.from(mets({ more: `<mets:fileSec>${files.join('')}</mets:fileSec>` })),
        changes,
      )
      const { result } = await tried(Buffer.alloc(0), async (folder) => {
        mkdirSync(join(folder, 'book'))
        const all = [
          ...members.filter(({ name }) => !name.endsWith('.xml')),
          { name: `LIB_${barcode}.xml`, body: xml },
        ]
        for (const { name, body } of [...all, checksums(all)])
          writeFileSync(join(folder, 'book', String(name)), body!)
        await checkPackage(join(folder, 'book'), { barcode })
      })
      expect(result).toBeInstanceOf(Defect)
    }),
    runs(40),
  ),
)

// Without the comparison of the md5 (`checksums.ts`), a flipped digit passes.
it('finds every change of checksum.md5', { timeout: 600_000 }, () => {
  const sums = checksums(members).body!
  return fc.assert(
    fc.asyncProperty(mutations, async (changes) => {
      const changed = mutate(sums, changes)
      const found: Defect[] = []
      await tried(changed, async (folder) => {
        for (const { name, body } of [...members, { name: 'checksum.md5', body: changed }])
          writeFileSync(join(folder, name), body)
        const names = [...members.map(({ name }) => name), 'checksum.md5']
        await checkChecksums(folder, names, { report: (defect) => void found.push(defect) })
      })
      // Every way to write the same is as good; what has been accepted says of each file what is so.
      const lines = (bytes: Buffer) => bytes.toString('latin1').split('\n')
      if (String(lines(changed)) === String(lines(sums))) expect(found).toEqual([])
      if (found.length > 0) return
      for (const { name, body } of members) {
        const md5 = createHash('md5').update(body).digest('hex')
        expect(lines(changed).some((line) => line.toLowerCase().includes(md5) && line.includes(name))).toBe(
          true,
        )
      }
    }),
    runs(100),
  )
})
