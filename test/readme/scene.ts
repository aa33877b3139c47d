import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { openApp } from '../../src/app/open-app.ts'
import { userName } from '../../src/cli/user-name.ts'
import type { Desk, Queues } from '../../src/index.ts'
import { silent } from '../../src/run/log.ts'
import { serveReviews } from '../../src/serve/index.ts'
import { cli } from '../cli/rig.ts'
import { fileOf } from './pages.ts'

/** A folder in which a reader has saved a file of a page, and where the page's commands are run, all in this process. */
export interface Scene {
  readonly queues: Queues<any, any, any, any>
  readonly artifacts: Readonly<Record<string, Artifact>>
  /** Works, in these stages or in all, until nothing is left to do there. */
  readonly work: (...stages: readonly string[]) => Promise<void>
  /** What the lines of a block print. `npx pipewright` and `curl` are done in this process; of the shell only quotes are known. */
  readonly run: (lines: string) => Promise<string>
}

type Artifact = Desk | ((signal: AbortSignal) => Promise<void>)

/** Saves the blocks called `name` in a folder, the current one, opens the app that they are, and serves it. Gone after the test. */
export async function openScene(name: string, config?: string): Promise<Scene> {
  const folder = makeFolder()
  writeFileSync(join(folder, name), fileOf(name))
  if (config) writeFileSync(join(folder, 'config.yaml'), config)
  const before = process.cwd()
  process.chdir(folder)
  onTestFinished(() => process.chdir(before))
  const place = { app: resolve(name), config: config && resolve('config.yaml') }
  const app = await openApp(place, silent)
  onTestFinished(() => app.close())
  const queues = await app.makeQueues()
  const artifacts = queues.artifacts(await app.makeContext(queues))
  const server = await serveReviews({ queues, artifacts })
  onTestFinished(() => server.close())
  return {
    queues,
    artifacts,
    work: (...stages) => work(queues, artifacts, stages),
    run: (lines) => run(folder, lines.replaceAll('localhost:4717', server.url)),
  }
}

/** Saves the blocks called `name` in the current folder, and loads them. */
export function importFile<Module>(name: string): Promise<Module> {
  writeFileSync(name, fileOf(name))
  return import(resolve(name))
}

/** A folder in which packages are found. Gone after the test. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-scene-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  return folder
}

async function work(
  { runtime: { backend, workflow } }: Scene['queues'],
  artifacts: Readonly<Record<string, Artifact>>,
  stages: readonly string[],
): Promise<void> {
  const stop = new AbortController()
  const isMeant = (stage: string) => stages.length === 0 || stages.includes(stage)
  const running = Object.entries(artifacts).flatMap(([stage, run]) =>
    isMeant(stage) && typeof run === 'function' ? [run(stop.signal)] : [],
  )
  const left = async () => {
    const counts = (await backend.count()).filter(
      ({ queue, role }) => role === 'stage' && isMeant(queue.slice(workflow.length + 1)),
    )
    return counts.reduce((sum, { ready, leased, delayed }) => sum + ready + leased + delayed, 0)
  }
  await expect.poll(left, { timeout: 20_000, interval: 20 }).toBe(0)
  stop.abort()
  await Promise.all(running)
}

/** Checks that `output` has the lines of a block `shown`, in their order, but for times, spaces, and who has typed the commands; `...` stands for anything. */
export function expectShown(output: string, shown: string): void {
  const plain = (text: string) =>
    text
      .replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+Z/g, 'TIME')
      .replaceAll(new RegExp(`\\b${userName()}\\b`, 'g'), 'ann')
      .split('\n')
      .map((line) => line.trim().replaceAll(/\s+/g, ' '))
  const lines = plain(output)
  let from = 0
  for (const line of plain(shown).filter((each) => each !== '')) {
    const parts = line.split(' ... ')
    const at = lines.findIndex((each, i) => i >= from && parts.every((part) => each.includes(part)))
    expect(at, `${line}\n is not, in this order, in\n${lines.join('\n')}`).toBeGreaterThanOrEqual(from)
    from = at
  }
}

async function run(folder: string, lines: string): Promise<string> {
  const said: string[] = []
  for (const line of lines.replaceAll('\\\n', ' ').trim().split('\n')) {
    const [command, ...args] = wordsOf(line)
    if (command === 'curl') said.push(await curl(args))
    else if (command === 'npx' && args[0] === 'pipewright') said.push(await pipewright(folder, args.slice(1)))
    else throw new Error(`The pages' commands are npx pipewright and curl, not ${command}.`)
  }
  return said.join('\n')
}

async function pipewright(folder: string, args: readonly string[]): Promise<string> {
  const { code, out, err } = await cli(folder, ...args)
  // `shadow` has found something, which is what it is for.
  if (code !== 0 && args[0] !== 'shadow') throw new Error(`pipewright ${args.join(' ')}\n${out}\n${err}`)
  return out
}

async function curl(args: readonly string[]): Promise<string> {
  const rest = [...args]
  const take = (option: string) => {
    const at = rest.indexOf(option)
    return at < 0 ? undefined : rest.splice(at, 2)[1]
  }
  const [body, method, data] = [take('--json'), take('-X'), take('--data-urlencode')]
  const [url, more] = rest.filter((arg) => arg !== '-G')
  if (more !== undefined) throw new Error(`This curl does not know ${more}.`)
  const [key, ...value] = (data ?? '').split('=')
  const sign = url!.includes('?') ? '&' : '?'
  const query = data === undefined ? '' : sign + new URLSearchParams({ [key!]: value.join('=') })
  const response = await fetch(`${url}${query}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${args.join(' ')}\n${response.status} ${text}`)
  return text
}

function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"]+)+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double),
  )
}
