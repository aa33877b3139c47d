import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const knowsJson = spawnSync('curl', ['--help', 'all'], { encoding: 'utf8' }).stdout?.includes('--json')
const shim = fileURLToPath(new URL('./curl.mjs', import.meta.url))
// A refused request is a failure, with any answer.
const curl = knowsJson
  ? 'curl() { command curl --silent --show-error --fail-with-body "$@"; }'
  : `curl() { '${process.execPath}' '${shim}' "$@"; }`

/** Shell lines that run. */
export interface Running {
  readonly process: ChildProcess
  readonly output: () => string
  /** The exit code, or the signal that ended them. */
  readonly ended: Promise<number | string>
}

/** Runs `lines` in the folder `cwd`, up to the first that fails. */
export function sh(cwd: string, lines: string): Running {
  const child = spawn('sh', ['-c', `set -e\n${curl}\n${lines}`], { cwd, detached: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code ?? -1))
  })
  return { process: child, output: () => output, ended }
}
