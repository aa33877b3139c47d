import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { inBucket } from '../../../workflows/books/bucket.ts'
import { openKeyring } from '../../../workflows/books/keyring.ts'
import { scratchFolder } from './scratch.ts'

function keyringFile(text: string, mode = 0o600) {
  const file = join(scratchFolder(), 'keyring.json')
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

test('passphrases come from a file and from the environment, by name', async () => {
  const env = { PIPEWRIGHT_PASSPHRASE_GRIN: 'from-env', OTHER: 'x' }
  const keyring = await openKeyring({ file: keyringFile('{"old": "from-file", "grin": "shadowed"}'), env })
  expect(keyring.names).toEqual(['grin', 'old'])
  expect(keyring.passphrase('grin')).toBe('from-env')
  expect(keyring.passphrase('old')).toBe('from-file')
})

test('no passphrase is printed with the keyring or in its errors', async () => {
  const keyring = await openKeyring({ env: { PIPEWRIGHT_PASSPHRASE_A: 'hush' } })
  expect(inspect(keyring, { depth: 9, showHidden: true }) + JSON.stringify(keyring)).not.toContain('hush')
  expect(() => keyring.passphrase('b')).toThrow('The keyring has no passphrase named "b"; it has a.')
  for (const text of ['{"a": "hush', '{"a": ["hush"]}']) {
    const failure = await openKeyring({ file: keyringFile(text) }).catch((error: unknown) => error)
    expect(inspect(failure)).toContain('is not a JSON object')
    expect(inspect(failure)).not.toContain('hush')
  }
})

test('a keyring that others can read is refused, unless it is shared on purpose', async () => {
  const file = keyringFile('{"a": "b"}', 0o644)
  await expect(openKeyring({ file })).rejects.toThrow('chmod 600')
  expect((await openKeyring({ file, shared: true })).names).toEqual(['a'])
})

test('a keyring that is no file is refused, not waited for', async () => {
  const folder = scratchFolder()
  await expect(openKeyring({ file: folder })).rejects.toThrow(
    /keyring .* cannot be read \(it is a folder\)\.$/,
  )
})

test.each(['../x', 'a/../../x', '/etc/passwd', 'a\0b', '', '..\\x'])(
  'the path %j does not lie in a bucket',
  (path) => {
    expect(() => inBucket('/done', path)).toThrow(expect.objectContaining({ code: 'BadFilename' }))
  },
)
