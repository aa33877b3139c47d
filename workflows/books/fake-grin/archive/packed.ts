import { breakages } from '../../sample/break.ts'
import type { Member } from '../../sample/make-archive.ts'
import { type Content, contentOf, sliceOf, withByte } from './content.ts'
import { gzipContent } from './gzip-content.ts'
import { LazyMember, lazyChecksums } from './lazy-member.ts'
import { type Sealing, sealedContent } from './sealed-content.ts'
import { tarContent } from './tar-content.ts'

/** The ways in which a package may be broken: those of the sample's broken books. */
export const packageFaults: readonly string[] = Object.keys(breakages)

type Members = readonly Member[]
const same = <T>(value: T) => value

/** What `break.ts` does with all of a file in memory, done here as it streams. */
const streamed: Readonly<Record<string, (ciphertext: Content) => Content>> = {
  'flipped-byte': (ciphertext) => withByte(ciphertext, ciphertext.bytes >> 1, (byte) => byte ^ 1),
  truncated: (ciphertext) => sliceOf(ciphertext, 0, Math.max(0, ciphertext.bytes - 1000)),
}
const [zero, one] = [0x30, 0x31]
const streamedSums: Readonly<Record<string, (members: Members) => Members>> = {
  'bad-checksum': (members) =>
    members.map((member) =>
      member instanceof LazyMember && member.name === 'checksum.md5'
        ? new LazyMember(
            member.name,
            withByte(member.content, 0, (digit) => (digit === zero ? one : zero)),
          )
        : member,
    ),
}

/** The encrypted archive of a book of these members, in good order or broken in one of the ways. */
export function packed(members: Members, sealing: Sealing, fault?: string): Content {
  const breakage = fault === undefined ? undefined : breakages[fault]
  const summed = streamedSums[fault ?? ''] ?? breakage?.summed ?? same<Members>
  const changed = (breakage?.members ?? same)(members)
  const archive = breakage?.archive
    ? contentOf(breakage.archive(Buffer.alloc(0)))
    : gzipContent(tarContent(summed([...changed, lazyChecksums(changed)])))
  const passphrase = breakage?.passphrase ?? sealing.passphrase
  return (streamed[fault ?? ''] ?? same)(sealedContent(archive, { ...sealing, passphrase }))
}
