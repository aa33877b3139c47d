import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { watchTree } from './process-tree.ts'

const main = fileURLToPath(new URL('../../workflows/books/fake-grin/main.ts', import.meta.url))

/** Starts a fake GRIN, which needs a login, in a process of its own, whose share can be told. */
export async function startFake(args: readonly string[]) {
  const all = ['--import', 'tsx', main, '--port', '0', '--no-sample', '--auth', ...args]
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await once(child.stdout, 'data')
  const [, tokenUrl, refreshToken] = /(http\S+) -d \S+ -d refresh_token=(\S+)/.exec(String(said))!
  const watch = watchTree(child.pid!, () => 'fake')
  return {
    url: new URL(tokenUrl!).origin,
    tokenUrl: tokenUrl!,
    refreshToken: refreshToken!,
    cpuSeconds: () => watch.used().cpuSeconds,
    async stop() {
      watch.end()
      child.kill()
      await once(child, 'close')
    },
  }
}
