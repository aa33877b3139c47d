import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { books, commands, leaky } from './secrets/command.ts'
import { barcode, layOut, secrets } from './secrets/lay-out.ts'
import { Witness } from './secrets/witness.ts'

// Everything that processes say, answer and write is searched for secrets in every form that they might have. Taken
// out, to see this fail:
// - the hiding in `fault.ts` (`shorten`), in `line-log.ts` and in `program.ts`: the password of the URL is in the database and
//   the answers; in what processes say; and there with PIPEWRIGHT_DEBUG;
// - `refuseUnknown` in `artifacts/books.ts`: an app whose config has a passphrase where its name belongs runs.

const patient = { timeout: 60_000, interval: 100 }
const long = process.env['CHAOS'] === 'long'

it('shows no secret in logs, errors, history, answers, files or command lines', {
  timeout: 180_000,
}, async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'pipewright-secrets-'))
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true, maxRetries: 10 }))
  const witness = new Witness()
  const stopWatching = witness.watchCommands()
  onTestFinished(stopWatching)
  const unused = await unusedAddress()
  const env = {
    PIPEWRIGHT_TOKEN: secrets.token,
    PIPEWRIGHT_PASSPHRASE_OTHER: secrets['passphrase in the environment'],
    AWS_ACCESS_KEY_ID: 'me',
    AWS_SECRET_ACCESS_KEY: secrets['key of S3'],
    PIPEWRIGHT_S3_ENDPOINT: `http://${unused}`,
    PIPEWRIGHT_S3_BUCKET: 'books',
    LEAKY_URL: `http://me:${secrets['password of a URL']}@${unused}/queues`,
  }
  const start = commands(cwd, env, witness)
  const configs = layOut(cwd, { storage: long ? 's3' : 'folder' })

  const running = start('run', books, '--config', 'good.yaml', '--json')
  await letABookPass(running.output, witness)
  running.stop()
  expect(await running.ended, running.output()).toBe(0)

  await Promise.all(
    [...configs, 'none.yaml'].map(async (config) => {
      const failing = start('run', books, '--config', config)
      expect(await failing.ended, failing.output()).not.toBe(0)
    }),
  )
  await Promise.all(
    ['sqlite', 'http', 'http-password', 'none'].map(async (backend) => {
      writeFileSync(join(cwd, `${backend}.yaml`), `backend: ${backend}`)
      const run = start('run', leaky, '--config', `${backend}.yaml`, '--until-idle')
      expect(await run.ended, run.output()).toBe(backend === 'sqlite' ? 0 : 1)
    }),
  )
  await Promise.all(
    [['status'], ['token', 'fetch'], ['sql', 'select * from history']].map(async (args) => {
      expect(await start(...args, '--db', 'leaky.db').ended).toBe(0)
    }),
  )
  stopWatching()
  witness.seeFiles(cwd, /(\.yaml|keyring\.json)$/)

  const said = witness.text('what processes say')
  // Else there was nothing to be found.
  for (const sign of [
    /does not open|not one file/,
    /is not valid YAML/,
    /is gone/,
    /is down/,
    /includes credentials/,
    /ECONNREFUSED/,
  ]) {
    expect(sign.test(said), String(sign)).toBe(true)
  }
  expect(witness.text('command lines')).toContain('task-host.mjs')
  expect(witness.text(`file ${join(cwd, 'queues.db')}`)).toContain(barcode)
  const found = Object.entries(secrets).map(([name, value]) => [name, witness.find(value)])
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(Object.keys(secrets).map((name) => [name, []])),
  )
})

/** An address at which no server listens. `fetch` refuses ports that browsers may not ask without trying them. */
async function unusedAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `127.0.0.1:${port}`
}

/** Waits until the book fails with the wrong passphrase, and decides that it be tried with the right one. */
async function letABookPass(output: () => string, witness: Witness): Promise<void> {
  const url = () => /"url":"(http:[^"]+)"/.exec(output())?.[1]
  await vi.waitUntil(url, patient)
  const ask = async (path: string, body?: string, token = secrets.token) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    const response = await fetch(`${url()}${path}`, { headers, ...(body && { method: 'POST', body }) })
    const text = await response.text()
    witness.see('answers', JSON.stringify([...response.headers]) + text)
    return { status: response.status, text }
  }
  const task = `/reviews/review/tasks/${barcode}`
  await vi.waitUntil(async () => (await ask(task)).status === 200, patient)
  const decide = (name: string, hop: number) =>
    ask(`${task}/decide`, JSON.stringify({ decision: 'passphrase', fields: { name }, hop, by: 'ann' }))
  for (const path of [
    '/reviews',
    '/openapi.json',
    '/docs',
    '/nothing',
    `/tokens/${barcode}`,
    '/tokens/%',
    '/health',
  ]) {
    await ask(path)
    expect((await ask(path, undefined, 'x')).status).toBeLessThan(500)
  }
  expect((await ask(`${task}/decide`, '{')).status).toBe(400)
  const { hop } = JSON.parse((await ask(task)).text)
  expect((await decide('unknown', hop)).status).toBe(200)
  const isBack = async () => {
    const { status, text } = await ask(task)
    return status === 200 && JSON.parse(text).hop > hop
  }
  await vi.waitUntil(isBack, patient)
  expect((await decide('right', JSON.parse((await ask(task)).text).hop)).status).toBe(200)
  // In the long form there is no storage to take it.
  const end = long ? '"stage":"upload"' : '"finishedAt"'
  const isDone = async () => (await ask(`/tokens/${barcode}`)).text.includes(end)
  await vi.waitUntil(isDone, patient)
}
