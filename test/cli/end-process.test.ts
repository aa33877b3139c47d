import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { builtFile } from '../built.ts'

const script = builtFile('test/cli/fixtures/ending.ts')

async function ending(...args: string[]): Promise<unknown[]> {
  const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' })
  onTestFinished(() => void child.kill('SIGKILL'))
  return once(child, 'exit')
}

it('ends a process with its code', async () => {
  expect(await ending()).toEqual([3, null])
})

// With `process.exit` alone it stays there, with nothing that could end it but a signal that cannot be caught.
it.skipIf(process.platform === 'win32')('ends a process that waits for a file in vain', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const slow = join(folder, 'slow')
  execFileSync('mkfifo', [slow])
  expect(await ending(slow)).toEqual([null, 'SIGKILL'])
})
