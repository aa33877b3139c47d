import { type DecryptOptions, decryptFile } from '../../workflows/books/openpgp/decrypt-file.ts'

/** Decrypts as the books workflow does, and says how much memory its process has taken at most. */
export default async function decrypt(
  options: DecryptOptions,
): Promise<{ bytes: number; peakRssMb: number }> {
  const { bytes } = await decryptFile(options)
  return { bytes, peakRssMb: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6) }
}
