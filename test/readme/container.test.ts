import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { textsOf } from './pages.ts'

// The image itself is built by .ci/container.mjs, where there is something that builds it.

const dockerfile = readFileSync('artifacts/Dockerfile', 'utf8').replaceAll('\\\n', ' ')
const steps = dockerfile.split('\n').filter((line) => /^[A-Z]/.test(line))
const argumentsOf = (name: string) =>
  steps.filter((step) => step.startsWith(`${name} `)).map((step) => step.slice(name.length + 1))

it('the image is made of files that are there, and of nothing that the context leaves out', () => {
  const rules = readFileSync('artifacts/Dockerfile.dockerignore', 'utf8').split('\n')
  const copied = argumentsOf('COPY')
    .filter((each) => !each.startsWith('--from'))
    .flatMap((each) => each.split(' ').slice(0, -1))
  expect(copied).toContain('package-lock.json')
  for (const path of copied) {
    expect(existsSync(path), path).toBe(true)
    expect(rules).toContain(`!${path}`)
  }
  expect(rules).toContain('*')
})

it('the image has what the workflows import, and pg, though these are for development elsewhere', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  const files = ['workflows', 'artifacts'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.m?ts$|\.mjs$/.test(path))
      .map((path) => readFileSync(`${folder}/${path}`, 'utf8')),
  )
  const imported = new Set(
    files.flatMap((text) =>
      [...text.matchAll(/\b(?:from|import\() ?'((?:@[\w-]+\/)?[\w-]+)/g)].map(([, name]) => name!),
    ),
  )
  const wanted = [...imported, 'pg']
    .filter((name) => !(name in dependencies) && name in devDependencies)
    .sort()
  const list = /for \(const name of (\[.*?\])\)/.exec(dockerfile)![1]!.replaceAll("'", '"')
  expect(JSON.parse(list)).toEqual(wanted)
})

it('the image runs `up` with nothing between it and SIGTERM, as a user of its own, and holds no secret', () => {
  const [entry, command] = [argumentsOf('ENTRYPOINT'), argumentsOf('CMD')].map(([each]) => JSON.parse(each!))
  expect([...entry, ...command]).toEqual(['node', '/app/dist/cli/main.js', 'up', '/data/pipewright.yaml'])
  expect(argumentsOf('USER')).toEqual(['pipewright'])
  expect(argumentsOf('VOLUME')).toEqual(['/data'])
  const [health] = argumentsOf('HEALTHCHECK')
  expect(health).toContain('"ps", "--check", "--config", "/data/pipewright.yaml"')
  expect(argumentsOf('ENV')).toEqual(['NODE_ENV=production'])
  expect(argumentsOf('ARG')).toEqual([])
})

it('the page builds that file', () => {
  expect(textsOf('sh', 'container')[0]).toContain('docker build -f artifacts/Dockerfile -t pipewright .')
})
