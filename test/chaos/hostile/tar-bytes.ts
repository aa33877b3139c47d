import { createHash, randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'

/** A member of a tar as its header claims it to be, true or not; what is left out is as in an honest one. */
export interface RawMember {
  readonly name: string | Buffer
  readonly body?: Buffer
  /** One character: `0` file, `1` hard link, `2` symbolic link, `3` and `4` devices, `5` folder, `6` FIFO, `x` and `g` pax. */
  readonly type?: string
  readonly link?: string
  readonly mode?: number
  /** What the header says instead of the size of the body: a number, or the twelve bytes of the field. */
  readonly size?: number | Buffer
  /** Bytes at offsets of the header. */
  readonly patch?: ReadonlyMap<number, Buffer>
}

/** A member's header, body and padding. */
export function member({ name, body = Buffer.alloc(0), ...told }: RawMember): Buffer {
  const header = Buffer.alloc(512)
  const size = told.size ?? body.length
  Buffer.from(name).copy(header, 0, 0, 100)
  header.write(octal(told.mode ?? 0o644, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  if (typeof size === 'number') header.write(octal(size, 11), 124)
  else size.copy(header, 124)
  header.write(octal(0, 11), 136)
  header.write(told.type ?? '0', 156)
  header.write(told.link ?? '', 157, 100)
  header.write('ustar\x0000', 257)
  for (const [offset, bytes] of told.patch ?? []) bytes.copy(header, offset)
  header.fill(' ', 148, 156)
  header.write(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
    148,
  )
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)])
}

/** The two blocks that end a tar. */
export const endMark = Buffer.alloc(1024)

/** A tar of these members. */
export function tar(...members: readonly (RawMember | Buffer)[]): Buffer {
  return Buffer.concat([...members.map((one) => (Buffer.isBuffer(one) ? one : member(one))), endMark])
}

/** A size field in base 256, as GNU tar writes what does not fit. */
export function base256(value: bigint): Buffer {
  const field = Buffer.alloc(12)
  field.writeBigInt64BE(value, 4)
  field.fill(value < 0n ? 0xff : 0, 0, 4)
  field[0] = value < 0n ? 0xff : 0x80
  return field
}

/** The records of a pax header. */
export function records(fields: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(Object.entries(fields).map(([key, value]) => record(key, value)))
}

/** A gzip file of `bytes` zeros, in members of 16 MiB: made in no time, for every size. */
export function zeros(bytes: number): Buffer {
  const piece = 2 ** 24
  const whole = gzipSync(Buffer.alloc(piece), { level: 9 })
  const rest = bytes % piece
  const pieces: Buffer[] = Array.from({ length: Math.floor(bytes / piece) }, () => whole)
  return Buffer.concat(rest > 0 ? [...pieces, gzipSync(Buffer.alloc(rest))] : pieces)
}

/** The same at about 480 to 1: a mebibyte of zeros, and a little over a kilobyte that does not compress. */
export function thinZeros(mebibytes: number): Buffer {
  const piece = gzipSync(Buffer.concat([Buffer.alloc(2 ** 20 - 1100), randomBytes(1100)]), { level: 9 })
  return Buffer.concat(Array.from({ length: mebibytes }, () => piece))
}

/** The line of a `checksum.md5`. */
export function sumOf(name: string, body: Buffer): string {
  return `${createHash('md5').update(body).digest('hex')}  ${name}\n`
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}

function record(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + String(rest).length
  if (String(length).length !== String(rest).length) length = rest + String(length).length
  return Buffer.from(`${length} ${key}=${value}\n`)
}
