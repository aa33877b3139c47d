import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { http } from '../../../src/backends/http.ts'
import { memory } from '../../../src/backends/memory.ts'
import { serveBackend } from '../../../src/serve/index.ts'
import { chances, startMachines } from '../../backends/http/machines.ts'
import { folder } from '../../cli/rig.ts'
import { freePort } from '../../readme/installed.ts'
import { authority, server } from '../../serve/certificates.ts'
import { figure } from '../figures.ts'
import { tool } from './tools.ts'

// A served backend behind nginx, as it comes and as it is set up for it, which speaks TLS, cuts idle connections, takes bodies of a
// mebibyte at most, and is reloaded again and again.

const settings = {
  'as it comes': '',
  'with kept connections': 'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;',
}

it.each(Object.entries(settings))(
  'machines work behind nginx %s',
  { timeout: 120_000 },
  async (name, more) => {
    const inner = memory()
    const app = fastify({ forceCloseConnections: true })
    await app.register(
      serveBackend(inner, {
        tokens: [{ token: 'far', may: { work: true, enter: true, declare: true, read: true } }],
      }),
    )
    const upstream = await app.listen({ host: '127.0.0.1', port: 0 })
    const nginx = await startNginx(new URL(upstream).host, more)
    const options = { token: 'far', tls: { ca: authority } }
    const machines = await startMachines({ inner, url: `${nginx.url}/queues`, options, chance: chances(5) })
    onTestFinished(async () => {
      await machines.end()
      await app.close()
      await inner.close()
    })
    const ids = Array.from({ length: 400 }, (_, n) => `t${n}`)
    const pushed = machines.push(ids)
    let reloads = 0
    const enough = Promise.all([pushed, expect.poll(machines.done, { timeout: 60_000 }).toBeGreaterThan(390)])
    const reloading = setInterval(() => {
      nginx.reload()
      reloads++
    }, 300)
    await enough.finally(() => clearInterval(reloading))
    await machines.complete(ids)
    // Too long for nginx together, and short enough one by one.
    const backend = http(`${nginx.url}/queues`, options)
    const commits = Array.from({ length: 60 }, (_, n) => {
      const value = randomBytes(45_000).toString('base64')
      return backend.commit([{ kind: 'put', workflow: 'w', key: `cron/${n}`, value }])
    })
    await Promise.all(commits)
    await backend.close()
    figure('machines behind nginx', `${name}, reloaded ${reloads} times: lost 0, twice 0`, 'so', true)
  },
)

async function startNginx(upstream: string, more: string) {
  const home = folder()
  mkdirSync(join(home, 'tmp'))
  const port = await freePort()
  writeFileSync(join(home, 'server.crt'), server.cert)
  writeFileSync(join(home, 'server.key'), server.key)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (each) => `${each}_temp_path ${home}/tmp/${each};`,
  )
  writeFileSync(
    join(home, 'nginx.conf'),
    `daemon off; pid ${home}/pid; error_log ${home}/error.log; worker_processes 1; ${process.getuid?.() === 0 ? 'user root;' : ''}
events {}
http {
  access_log off; keepalive_timeout 1s; gzip on; ${temporary.join(' ')}
  upstream queues { server ${upstream}; keepalive 8; }
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${home}/server.crt; ssl_certificate_key ${home}/server.key;
    location /queues/ { proxy_pass http://queues/; ${more} }
  }
}
`,
  )
  tool('nginx', '-t', '-q', '-c', join(home, 'nginx.conf'))
  const started = spawn('nginx', ['-c', join(home, 'nginx.conf')], { stdio: 'ignore' })
  onTestFinished(async () => {
    started.kill()
    if (started.exitCode === null) await once(started, 'exit')
  })
  const url = `https://127.0.0.1:${port}`
  const probe = http(`${url}/queues`, { token: 'far', tls: { ca: authority } })
  await expect
    .poll(
      () =>
        probe.count().then(
          () => true,
          () => false,
        ),
      { timeout: 10_000 },
    )
    .toBe(true)
  await probe.close()
  return { url, reload: () => started.kill('SIGHUP') }
}
