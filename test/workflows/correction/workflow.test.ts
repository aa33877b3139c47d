import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { diagram, makeQueues } from '../../../src/index.ts'
import { findLevels } from '../../../workflows/correction/contrast.ts'
import { decodePgm, encodePgm } from '../../../workflows/correction/gray-image.ts'
import { drawPage } from '../../../workflows/correction/sample-page.ts'
import { findSkew } from '../../../workflows/correction/skew.ts'
import { Input } from '../../../workflows/correction/states.ts'
import { correction } from '../../../workflows/correction/workflow.ts'
import { openUsual } from '../../on/open.ts'

const skewPage = { width: 300, height: 400, degrees: 2, ink: 120, paper: 200 }

let images: string
let stop: AbortController
let running: Promise<void>

async function open() {
  const backend = await openUsual()
  const queues = await makeQueues(correction, backend, 'correction')
  const { autocorrect, ...desks } = queues.artifacts({ images })
  running = autocorrect(stop.signal)
  return { backend, queues, ...desks }
}

beforeEach(async () => {
  images = await mkdtemp(join(tmpdir(), 'correction-'))
  stop = new AbortController()
})

afterEach(async () => {
  stop.abort()
  await running
  await rm(images, { recursive: true, force: true })
})

it('an image is corrected by the machine, accepted by a person, and leaves', async () => {
  const { queues, validation } = await open()
  await writeFile(join(images, 'a.pgm'), encodePgm(drawPage(skewPage)))
  await queues.input.push('a', Input({ image: 'a.pgm' }))

  await expect.poll(() => validation.list()).toMatchObject({ tasks: [{ id: 'a' }] })
  const task = await validation.get('a')
  expect(task.value).toEqual({ image: 'a.pgm', corrected: 'corrected-a.pgm' })
  expect(task.state).toMatchObject({ tag: 'AutoCorrected', black: 120, white: 200 })
  await validation.decide('a', { decision: 'accept' }, { hop: task.hop, by: 'ann' })

  const { id, value } = await queues.output.read()
  expect({ id, value }).toEqual({
    id: 'a',
    value: { tag: 'Output', image: 'a.pgm', corrected: 'corrected-a.pgm', by: 'machine' },
  })
  const corrected = decodePgm(await readFile(join(images, value.corrected)))
  expect(findLevels(corrected)).toEqual({ black: 0, white: 255 })
  expect(Math.abs(findSkew(corrected))).toBeLessThanOrEqual(0.25)
  expect((await readdir(images)).sort()).toEqual(['a.pgm', 'corrected-a.pgm'])
})

it('an image that the machine cannot correct goes to a person at once, with the reason', async () => {
  const { backend, queues, manual, validation } = await open()
  await writeFile(join(images, 'b.pgm'), encodePgm(drawPage({ ...skewPage, ink: 190 })))
  await writeFile(join(images, 'c.pgm'), 'GIF89a')
  await mkdir(join(images, 'folder.pgm'))
  await queues.input.push('b', Input({ image: 'b.pgm' }))
  await queues.input.push('c', Input({ image: 'c.pgm' }))
  await queues.input.push('folder', Input({ image: 'folder.pgm' }))

  await expect.poll(async () => (await manual.list()).tasks.length).toBe(3)
  expect((await manual.get('folder')).value?.why).toBe('It is not a file.')
  expect((await manual.get('b')).value?.why).toContain('The image has no contrast')
  const task = await manual.get('c')
  expect(task.value?.why).toContain('This is not a binary PGM image')
  expect(await validation.list()).toMatchObject({ tasks: [] })

  await manual.decide('c', { decision: 'correct', corrected: 'redrawn.pgm' }, { hop: task.hop, by: 'bob' })
  expect((await queues.output.read()).value).toEqual({
    tag: 'Output',
    image: 'c.pgm',
    corrected: 'redrawn.pgm',
    by: 'person',
  })
  const journey = await backend.journey('correction', 'c')
  expect(journey?.lines.map(({ event, queue, actor }) => [event, queue, actor])).toEqual([
    ['entered', 'correction/autocorrect', undefined],
    ['failed', 'correction/autocorrect', undefined],
    ['decided', 'correction/manual', 'bob'],
  ])
})

it('what a person refuses is corrected by a person', async () => {
  const { queues, manual, validation } = await open()
  await writeFile(join(images, 'd.pgm'), encodePgm(drawPage(skewPage)))
  await queues.input.push('d', Input({ image: 'd.pgm' }))

  await expect.poll(() => validation.list()).toMatchObject({ tasks: [{ id: 'd' }] })
  const { hop } = await validation.get('d')
  await validation.decide('d', { decision: 'refuse', why: 'a corner is missing' }, { hop, by: 'ann' })
  const task = await manual.get('d')
  expect(task.value).toEqual({ image: 'd.pgm', why: 'a corner is missing' })
  await manual.decide('d', { decision: 'keep' }, { hop: task.hop, by: 'bob' })
  expect((await queues.output.read()).value).toMatchObject({ corrected: 'd.pgm', by: 'person' })
})

it('a name that leaves the folder of images is refused, on entering and at the desk', async () => {
  const { queues, manual } = await open()
  for (const image of ['../a.pgm', '/etc/passwd', 'a/b.pgm', '.hidden', '']) {
    await expect(queues.input.push('e', Input({ image }))).rejects.toThrow('expected a plain file name')
  }
  await writeFile(join(images, 'f.pgm'), '')
  await queues.input.push('f', Input({ image: 'f.pgm' }))
  await expect.poll(async () => (await manual.list()).tasks.length).toBe(1)
  const { hop } = await manual.get('f')
  await expect(
    manual.decide('f', { decision: 'correct', corrected: '../f.pgm' }, { hop, by: 'bob' }),
  ).rejects.toThrow('expected a plain file name')
})

it('the README shows the workflow as it is', async () => {
  const readme = await readFile(new URL('../../../workflows/correction/README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`\`\`\`mermaid\n${diagram(correction)}\`\`\``)
})

it('the README builds the checkout before it runs the command line, which npx would not find there', async () => {
  const readme = await readFile(new URL('../../../workflows/correction/README.md', import.meta.url), 'utf8')
  const [first] = /(?<=```sh\n)[^`]*/.exec(readme) ?? []
  expect(first).toMatch(/^npm ci && npm run build\nnode dist\/cli\/main\.js seed /)
  expect(readme).not.toContain('npx pipewright')
  const { bin } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'))
  expect(bin).toEqual({ pipewright: 'dist/cli/main.js' })
})

it('the README quotes the code as it is', async () => {
  const folder = new URL('../../../workflows/correction/', import.meta.url)
  const read = (path: string) => readFile(new URL(path, folder), 'utf8')
  const files = ['states.ts', 'workflow.ts', 'stages/autocorrect.ts']
  const code = (await Promise.all(files.map(read))).join('\n')
  const quotes = [...(await read('README.md')).matchAll(/```ts\n(.*?)```/gs)].map(([, quote]) => quote)
  expect(quotes).toHaveLength(3)
  for (const quote of quotes) expect(code).toContain(quote)
})
