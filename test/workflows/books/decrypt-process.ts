// Decrypts `in` of a folder to `out`, and prints what came of it: decrypt-threads.test.ts runs it under a limit.
import { join } from 'node:path'
import { decryptFile } from '../../../workflows/books/openpgp/decrypt-file.ts'

const folder = process.argv[2]!
const files = { source: join(folder, 'in'), target: join(folder, 'out') }
const options = { ...files, passphrase: 'secret', threadsFromBytes: 0 }
const result = await decryptFile(options).catch(({ message, code, syscall }) => ({ message, code, syscall }))
process.stdout.write(JSON.stringify(result))
