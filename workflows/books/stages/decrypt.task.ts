import type { IsolatedContext } from 'pipewright'
import { decryptFile, type WrittenFile } from '../openpgp/decrypt-file.ts'

/** A file to decrypt, by absolute paths. */
export interface Decryption {
  readonly source: string
  readonly target: string
  readonly passphrase: string
  /** Bytes of the source. */
  readonly bytes: number
  /** Memory that the derivation of a key may take, in MiB. */
  readonly argon2Mebibytes?: number | undefined
}

/** Decrypts in a process of its own, where a hostile archive blocks and burdens no other work. */
export default async function decrypt(
  { source, target, passphrase, bytes, argon2Mebibytes }: Decryption,
  { signal, progress }: IsolatedContext,
): Promise<WrittenFile> {
  return decryptFile({
    source,
    target,
    passphrase,
    signal,
    ...(argon2Mebibytes !== undefined && { caps: { maxArgon2KiB: argon2Mebibytes * 1024 } }),
    // Books are compressed already: the plaintext is about as large.
    progress: (written) => progress(written / bytes),
  })
}
