import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { packet, protect, sessionKey } from '../../chaos/hostile/packets.ts'
import { openLibrary, quick } from './library.ts'

it('stops an archive at which decryption stands still, tries it once, and says so at the desk', async () => {
  const root = await mkdtemp(join(tmpdir(), 'pipewright-stalled-'))
  const library = await openLibrary(root, { ...quick, stallMs: 100 })
  try {
    // To derive this key takes longer than it may show no sign of life here.
    const slow = sessionKey({ argon2: [4, 4, 17] })
    const message = Buffer.concat([slow, packet(18, protect(Buffer.alloc(1000), 'any'))])
    await writeFile(join(root, 'source', 'standstill.tar.gz.gpg'), message)
    await library.enter('standstill')
    library.work()
    const stopped = await vi.waitUntil(async () => (await library.stopped()).get('standstill'), {
      timeout: 60_000,
    })
    expect(stopped.reason).toMatchObject({
      class: 'decrypt',
      stage: 'decrypt',
      kind: 'error',
      name: 'Stalled',
      message:
        'The archive could not be decrypted: the work on it came to a standstill and was stopped. It is damaged, or made to do that.',
      attempts: 1,
    })
  } finally {
    await library.close()
    await rm(root, { recursive: true })
  }
}, 60_000)
