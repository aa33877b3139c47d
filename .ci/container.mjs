// Builds the image of artifacts/Dockerfile and runs it: waits until it is healthy, sends SIGTERM, and wants exit code 0. With docker or
// podman only; where neither works it says so and does nothing.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

process.chdir(new URL('..', import.meta.url).pathname)

const healthyWithinMs = 120_000
const endWithinSeconds = 75
const engine = ['docker', 'podman'].find((each) => run(each, 'info').status === 0)
if (!engine) {
  process.stdout.write('Skipped: neither docker nor podman answers here, so the image was not built.\n')
  process.exit(0)
}

const image = `pipewright-check-${process.pid}`
const folder = mkdtempSync(join(tmpdir(), 'pipewright-container-'))
const file = join(folder, 'pipewright.yaml')
writeFileSync(file, 'app: /app/artifacts/books.ts\nconfig: { database: queues.db }\nserve: false\n')
let container
try {
  // The health check of a Dockerfile is lost in images of the OCI format, which podman makes unless told.
  const format = engine === 'podman' ? ['--format', 'docker'] : []
  const built = run(engine, 'build', ...format, '-f', 'artifacts/Dockerfile', '-t', image, '.')
  if (built.status !== 0) throw new Error(`The image cannot be built.\n${built.stderr}`)
  container = say('create', image)
  say('cp', file, `${container}:/data/pipewright.yaml`)
  say('start', container)
  await untilHealthy()
  const user = say('exec', container, 'id', '-u')
  if (user === '0') throw new Error('The container runs as root.')
  say('stop', '-t', String(endWithinSeconds), container)
  const code = say('inspect', '-f', '{{.State.ExitCode}}', container)
  if (code !== '0') throw new Error(`The container ended with ${code} after SIGTERM.`)
  process.stdout.write(`${engine}: the image was built, became healthy as user ${user}, and ended cleanly.\n`)
} catch (error) {
  const logs = container ? run(engine, 'logs', container) : { stdout: '', stderr: '' }
  process.stderr.write(`${logs.stdout}${logs.stderr}${error.message}\n`)
  process.exitCode = 1
} finally {
  if (container) run(engine, 'rm', '-f', '-v', container)
  run(engine, 'rmi', '-f', image)
  rmSync(folder, { recursive: true, force: true })
}

async function untilHealthy() {
  for (const end = Date.now() + healthyWithinMs; Date.now() < end; await sleep(1000)) {
    const [status, health] = say(
      'inspect',
      '-f',
      '{{.State.Status}} {{.State.Health.Status}}',
      container,
    ).split(' ')
    if (health === 'healthy') return
    if (status === 'exited') throw new Error('The container has ended by itself.')
  }
  throw new Error('The container did not become healthy.')
}

function say(...args) {
  const { status, stdout, stderr } = run(engine, ...args)
  if (status !== 0) throw new Error(`\`${engine} ${args[0]}\` failed: ${stderr}`)
  return stdout.trim()
}

function run(command, ...args) {
  return spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
}
