import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import app from '../../../artifacts/books.ts'
import { checkConfig } from '../../../src/app/config/read-config.ts'
import { readUpFile } from '../../../src/app/up/read-up-file.ts'
import { openKeyring } from '../../../workflows/books/keyring.ts'

const older = `
global:
  temp_dir: work
  gpg_passphrase: 'open # sesame'
filters: # as it was
  - { name: get, class: Downloader, output_pipe: fetched }
  - { name: decrypt, class: Decryptor, input_pipe: fetched, output_pipe: plain }
  - { name: extract, class: Extractor, input_pipe: plain, output_pipe: files }
  - { name: modify, class: Modifier, input_pipe: files, output_pipe: done }
  - { name: put, class: Uploader, input_pipe: done }
`

it('takes an older file of books, when its passphrase has been moved into the keyring by the line that is shown', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright older '))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'old.yaml')
  writeFileSync(path, older)
  const reading = { env: {}, app: 'artifacts/books.ts' }
  const refused = await readUpFile(path, reading).catch(({ message }: Error) => message)
  expect(refused).toContain(`old.yaml:4: "global.gpg_passphrase" is a secret`)
  expect(refused).not.toContain('sesame')
  const [, line] = /This line moves it: (.*)$/.exec(refused as string)!
  const said = execFileSync('sh', ['-c', line!], { encoding: 'utf8' })
  expect(said).toContain('as "main"')
  expect(said).not.toContain('sesame')
  expect(readFileSync(path, 'utf8')).toContain('# as it was')
  expect(readFileSync(path, 'utf8')).not.toContain('sesame')
  const keyring = join(folder, 'data/keyring.json')
  expect(statSync(keyring).mode & 0o777).toBe(0o600)
  expect((await openKeyring({ file: keyring })).passphrase('main')).toBe('open # sesame')
  const { settings, config } = await readUpFile(path, reading)
  expect(Object.keys(settings.run)).toEqual(['download', 'decrypt', 'unpack', 'modify', 'upload'])
  expect(await checkConfig(app.config, config)).toMatchObject({
    ...{ processing: join(folder, 'work'), keyring, passphrase: 'main', sample: false },
  })
})
