// The chain by a worker process that reaches the Postgres of DATABASE through another process, over HTTP and DELAY_MS away (there and
// back). Prints one line of JSON.
// usage: far-chain.ts TOKENS CONCURRENCY
import { fork } from 'node:child_process'
import { connect, createServer, type Socket } from 'node:net'
import fastify from 'fastify'
import { openBackend } from 'pipewright'
import { serveBackend } from 'pipewright/serve'
import { pipewright } from './peers/pipewright.ts'
import { plainChain } from './plain-chain.ts'

const delayMs = Number(process.env['DELAY_MS'] ?? 1)
const token = 'a-token-of-the-bench-that-is-long-enough'
const [tokens = '10000', slots = '20', role, port] = process.argv.slice(2)

if (role === 'serve') await serve()
else if (role === 'delay') delay(Number(port))
else await measure(Number(tokens))

async function serve(): Promise<void> {
  const app = fastify()
  await app.register(serveBackend(await openBackend(process.env['DATABASE']!), { token }))
  await app.listen({ host: '127.0.0.1', port: 0 })
  process.send!((app.server.address() as { port: number }).port)
}

// What goes one way waits, so that there and back take that much longer.
function delay(to: number): void {
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    for (const socket of [near, far]) socket.setNoDelay(true).on('error', () => {})
    near.on('data', (chunk) => setTimeout(() => far.write(chunk), delayMs))
    far.on('data', (chunk) => near.write(chunk))
    const end = (other: Socket) => () => setTimeout(() => other.destroy(), delayMs)
    near.on('close', end(far))
    far.on('close', end(near))
  })
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as { port: number }).port))
}

async function measure(count: number): Promise<void> {
  const direct = await pipewright(plainChain(''))
  await direct.push([...Array(count).keys()].map(String))
  await direct.stop()
  const served = await started('serve')
  const delayed = await started('delay', served)
  process.env['DATABASE'] = `http://127.0.0.1:${delayed}`
  process.env['PIPEWRIGHT_BACKEND_TOKEN'] = token
  const peer = await pipewright({ ...plainChain(''), concurrency: Number(slots) })
  const startedAt = performance.now()
  await peer.start()
  await peer.settled!(count, 20)
  const seconds = (performance.now() - startedAt) / 1000
  process.stdout.write(`${JSON.stringify({ hopsPerSecond: Math.round((count * 4) / seconds) })}\n`)
  await peer.stop()
  process.exit(0)
}

function started(role: string, to = 0): Promise<number> {
  const child = fork(import.meta.filename, [tokens, slots, role, String(to)])
  process.once('exit', () => child.kill('SIGKILL'))
  return new Promise((resolve) => child.once('message', (port) => resolve(port as number)))
}
