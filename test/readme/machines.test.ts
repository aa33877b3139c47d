import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { readUpFile } from '../../src/app/up/read-up-file.ts'
import { addressFault } from '../../src/serve/address-fault.ts'
import { server } from '../serve/certificates.ts'
import { fileOf, textsOf } from './pages.ts'

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-machines-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  return folder
}

it('has a worker over HTTP that does what it says, by a token that may do no more', async () => {
  const path = join(makeFolder(), 'far.ts')
  writeFileSync(path, fileOf('far.ts'))
  const said = vi.spyOn(console, 'log').mockImplementation(() => {})
  onTestFinished(() => said.mockRestore())
  await import(path)
  expect(said.mock.calls).toEqual([['what page-1.tif says']])
})

it('has a file of `up` that serves the backend, and its secrets are not shown', async () => {
  const folder = makeFolder()
  writeFileSync(join(folder, 'far.yaml'), textsOf('yaml', 'far.yaml')[0]!)
  writeFileSync(join(folder, 'server.crt'), server.cert)
  writeFileSync(join(folder, 'server.key'), server.key)
  const env = { LINKS_TOKEN: 'open sesame', READER_TOKEN: 'reader-secret' }
  const { settings, secrets } = await readUpFile(join(folder, 'far.yaml'), { env })
  expect(addressFault({ ...settings.serve })).toBeUndefined()
  expect(settings.serve!.backend!.tokens[0]).toEqual({
    name: 'reader',
    token: 'reader-secret',
    may: { work: ['links/read'], enter: ['links/read'] },
  })
  expect(secrets).toHaveLength(4)
})
