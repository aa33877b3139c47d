import { gzipSync } from 'node:zlib'
import { book, checksums, pages } from './good-book.ts'
import type { Hostile } from './hostile.ts'
import { base256, endMark, member, type RawMember, records, tar, thinZeros, zeros } from './tar-bytes.ts'

const gib = 2 ** 30
const hidden: RawMember = { name: '00000002.txt', body: Buffer.from('hidden') }

/** A whole book with more members in it, gzipped. */
const withMore =
  (...more: readonly (RawMember | Buffer)[]) =>
  (barcode: string) =>
    gzipSync(tar(...pages(barcode), checksums(pages(barcode)), ...more))

/** A book with a member of another type than a file. */
const special = (type: string, link: string): Hostile => ({
  archive: withMore({ name: '00000002.txt', type, link }),
  reason: /^BadFile: The archive holds 00000002\.txt, which is not a file but a /,
})

const named = (name: string | Buffer, reason: RegExp, path?: string): Hostile => ({
  archive: path === undefined ? withMore({ ...hidden, name }) : withMore(...pathed(path)),
  reason,
})

/** A member whose name stands in a pax header. */
function pathed(path: string): RawMember[] {
  return [{ name: 'pax', type: 'x', body: records({ path }) }, hidden]
}

/** A file whose content is made of gzip members, in a tar of its own. */
function inflated(size: number, content: Buffer): Buffer {
  return Buffer.concat([gzipSync(member({ name: '00000001.tif', size })), content, gzipSync(endMark)])
}

const empty = (count: number) => () =>
  gzipSync(Buffer.concat(Array.from({ length: count }, (_, n) => member({ name: `${n}` }))))

const tooManyBytes = /^TooLarge: The archive holds more than \d+ bytes\.$/

/** Archives that harm a program that unpacks them carelessly, by what they are. */
export const archives: Readonly<Record<string, Hostile>> = {
  'a bomb, 480 to 1': { archive: () => inflated(gib, thinZeros(1024)), reason: tooManyBytes, short: true },
  'a bomb, 1,000 to 1': { archive: () => inflated(7 * gib, zeros(7 * gib)), reason: tooManyBytes },
  'a bomb of many files': {
    archive: () => {
      const each = [gzipSync(member({ name: '0', size: 2 ** 24 }).subarray(0, 512)), zeros(2 ** 24)]
      const files = Array.from({ length: 200 }, (_, n) => [
        gzipSync(member({ name: `${n}`, size: 2 ** 24 }).subarray(0, 512)),
        each[1]!,
      ])
      return Buffer.concat([...files.flat(), gzipSync(endMark)])
    },
    reason: tooManyBytes,
  },
  'a bomb after the end': {
    archive: (barcode) => Buffer.concat([gzipSync(book(pages(barcode))), zeros(4 * gib)]),
    reason: /^TooLarge: The archive goes on for 64 MiB after its end\.$/,
  },
  'an archive in an archive': {
    archive: (barcode) => gzipSync(gzipSync(book(pages(barcode)))),
    reason: /^BadFile: The archive is compressed twice\.$/,
  },
  '200,000 empty files': {
    archive: empty(200_000),
    reason: /^TooLarge: The archive holds more than \d{4,5} files\.$/,
    short: true,
  },
  'a sparse file of GNU tar': {
    archive: withMore({
      ...hidden,
      type: 'S',
      patch: new Map([
        [386, Buffer.from('00000000000\x0000000001000\0')],
        [483, base256(BigInt(2 ** 40))],
      ]),
    }),
    reason: /^BadFile: The archive holds 00000002\.txt, which is not a file but a /,
  },
  'a sparse file of a terabyte': {
    archive: withMore(
      {
        name: 'pax',
        type: 'x',
        body: records({
          'GNU.sparse.major': '1',
          'GNU.sparse.minor': '0',
          'GNU.sparse.name': '00000002.txt',
          'GNU.sparse.realsize': String(2 ** 40),
        }),
      },
      {
        ...hidden,
        body: Buffer.concat([Buffer.from(`1\n${2 ** 40 - 4}\n4\n`.padEnd(512, '\0')), Buffer.from('tail')]),
      },
    ),
    reason: /^BadFile: The file 00000002\.txt is stored sparsely\.$/,
    short: true,
  },
  'a sparse file with its map in the header': {
    archive: withMore(
      {
        name: 'pax',
        type: 'x',
        body: records({ 'GNU.sparse.size': '1000', 'GNU.sparse.numblocks': '1', 'GNU.sparse.map': '0,6' }),
      },
      hidden,
    ),
    reason: /^BadFile: The file 00000002\.txt is stored sparsely/,
  },
  'a cut between two files': {
    archive: (barcode) => gzipSync(Buffer.concat(pages(barcode).slice(0, 3).map(member))),
    reason: /^BadFile: The archive is cut short: its end mark is missing/,
    short: true,
  },
  'a cut inside a file': {
    archive: (barcode) => gzipSync(book(pages(barcode)).subarray(0, 515)),
    reason: /^BadFile: The archive is cut short\.$/,
  },
  'a cut inside the gzip file': {
    archive: (barcode) => gzipSync(book(pages(barcode))).subarray(0, -20),
    reason: /^BadFile: The file is not a whole gzip file\.$/,
  },
  'a name twice': {
    archive: withMore({ name: '00000001.txt', body: Buffer.from('another') }),
    reason: /^BadFilename: The archive holds the name 00000001\.txt twice\.$/,
    short: true,
  },
  'names that differ in case only': {
    archive: withMore({ name: '00000001.TXT', body: Buffer.from('another') }),
    reason: /^BadFilename: The archive holds the name 00000001\.TXT twice/,
  },
  'a symbolic link out': { ...special('2', '../../../../canary'), short: true },
  'a symbolic link, and a file through it': {
    archive: withMore({ name: 'way', type: '2', link: '/tmp' }, { ...hidden, name: 'way/canary' }),
    reason: /^BadFile: The archive holds way, which is not a file but a SymbolicLink\.$/,
  },
  'a hard link': special('1', '/etc/passwd'),
  'a character device': special('3', ''),
  'a block device': special('4', ''),
  'a FIFO': special('6', ''),
  'an unknown type': special('V', ''),
  'modes that make a program of its owner': {
    archive: (barcode) => {
      const modes = (one: RawMember) => ({ ...one, mode: 0o7777 })
      return gzipSync(tar(...pages(barcode).map(modes), modes(checksums(pages(barcode)))))
    },
  },
  'a folder': named('sub/00000002.txt', /^BadFilename: .*"sub\/00000002\.txt", which lies in a folder\.$/),
  'an absolute path': named('/tmp/pipewright-canary', /^BadFilename: .*which is absolute\.$/),
  'a path of Windows': named('C:\\canary', /^BadFilename: .*which is absolute\.$/),
  'a path that climbs': {
    ...named('../../../canary', /^BadFilename: .*which leaves the folder\.$/),
    short: true,
  },
  'a NUL in a name': named(
    '',
    /^BadFilename: The archive holds a name with a NUL in it\.$/,
    '00000002.txt\0.tif',
  ),
  'control characters in a name': named('a\x1b[2J\n.txt', /^BadFilename: .*which is not plain text\.$/),
  'a name that is not UTF-8': named(
    Buffer.from([0x61, 0xff, 0xfe]),
    /^BadFilename: .*which is not plain text\.$/,
  ),
  'a name without end': named('', /^BadFilename: .*which is too long\.$/, 'x'.repeat(5000)),
  'a pax header of 100 MB': {
    archive: (barcode) =>
      Buffer.concat([
        gzipSync(member({ name: 'pax', type: 'x', size: 100 * 2 ** 20 })),
        zeros(100 * 2 ** 20),
        gzipSync(book(pages(barcode))),
      ]),
    reason: /^TooLarge: The archive has an extended header of 104857600 bytes\.$/,
    short: true,
  },
  'pax headers without end': {
    archive: (barcode) =>
      gzipSync(
        tar(
          ...Array.from({ length: 3000 }, () => member({ name: 'p', type: 'x', body: records({ a: 'b' }) })),
          ...pages(barcode),
        ),
      ),
    reason: /^TooLarge: The archive has 2 MiB without a file in it\.$/,
  },
  'a global header that renames': {
    archive: (barcode) =>
      gzipSync(
        tar({ name: 'pax', type: 'g', body: records({ path: '../../canary' }) }, book(pages(barcode))),
      ),
  },
  'a global header that resizes': {
    archive: (barcode) =>
      gzipSync(tar({ name: 'pax', type: 'g', body: records({ size: '99999999999' }) }, book(pages(barcode)))),
    reason: /^(TooLarge: The archive holds more than \d+ bytes|BadFile: The archive is malformed)\.$/,
  },
  'a negative size': {
    archive: withMore({ ...hidden, size: base256(-512n) }),
    reason: /^BadFile: The archive is malformed\.$/,
  },
  'a size of four exbibytes': {
    archive: withMore({ ...hidden, size: base256(2n ** 62n) }),
    reason: /^(BadFile: The archive is malformed|TooLarge: The archive holds more than \d+ bytes)\.$/,
  },
  'a size that never comes': {
    archive: withMore({ ...hidden, size: 2 ** 20 }),
    reason: /^BadFile: The archive is cut short\.$/,
  },
  'a header that does not add up': {
    archive: withMore(Buffer.from(member(hidden)).fill('x', 0, 1)),
    reason: /^BadFile: The archive is malformed\.$/,
  },
  'garbage after its end': {
    archive: (barcode) => gzipSync(Buffer.concat([book(pages(barcode)), Buffer.alloc(512, 'garbage')])),
    reason: /^BadFile: The archive goes on after its end\.$/,
  },
  'garbage after the gzip file': {
    archive: (barcode) => Buffer.concat([gzipSync(book(pages(barcode))), Buffer.from('garbage')]),
    reason: /^BadFile: (Something follows the end of the gzip file|The file is not a whole gzip file)\.$/,
  },
  'two gzip files in a row': {
    archive: (barcode) => Buffer.concat([gzipSync(tar(...pages(barcode))), gzipSync(tar(hidden))]),
    reason: /^BadFile: The archive goes on after its end/,
  },
  'no gzip file': {
    archive: () => Buffer.from('This is no archive.'),
    reason: /^BadFile: The file is not a whole gzip file\.$/,
  },
  'no archive': { archive: () => gzipSync(Buffer.alloc(0)), reason: /^BadFile: The archive is empty\.$/ },
}
