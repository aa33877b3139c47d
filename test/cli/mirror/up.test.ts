import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import { built } from '../built.ts'
import { answerOf, cli, folder, logged, start } from '../rig.ts'

// Processes start slowly on a machine that has other things to do.
vi.setConfig({ testTimeout: 90_000 })
const within = { timeout: 60_000, interval: 20 }

beforeEach(() => {
  vi.stubEnv('XDG_STATE_HOME', folder())
  return () => vi.unstubAllEnvs()
})

const upFile = (rest: string) => `app: ${built.letters}\nserve: false\nmirror: pipe\n${rest}`

async function started(cwd: string) {
  const up = start(built.main, cwd, 'up', '--json')
  await expect.poll(up.output, within).toMatch(/All processes have come up|"code"/)
  return up
}

/** What is in each folder of the mirror. */
function filesIn(cwd: string): Readonly<Record<string, readonly string[]>> {
  const folders = readdirSync(join(cwd, 'pipe')).filter((name) => /^\d\d_|^rejected/.test(name))
  return Object.fromEntries(folders.map((name) => [name, readdirSync(join(cwd, 'pipe', name)).sort()]))
}

const fileIn = (cwd: string, path: string) => JSON.parse(readFileSync(join(cwd, 'pipe', path), 'utf8'))

it('has a folder for each queue, with a file for each token that is there', async () => {
  const cwd = folder({ 'pipewright.yaml': upFile('config: { ids: [a, b, odd1, slow1, lost1, x/y] }\n') })
  const up = await started(cwd)
  await expect
    .poll(() => filesIn(cwd), within)
    .toEqual({
      '01_stamp': ['slow1.json'],
      '02_send': ['lost1.json'],
      '03_look': ['odd1.json'],
      '04_output': ['a.json', 'b.json', 'x%2Fy.json'],
    })
  await expect.poll(() => fileIn(cwd, '01_stamp/slow1.json').status, within).toBe('leased')
  await expect.poll(() => fileIn(cwd, '02_send/lost1.json').status, within).toBe('dead')
  expect(fileIn(cwd, '02_send/lost1.json')).toMatchObject({
    ...{ id: 'lost1', queue: 'letters/send', tag: 'Stamped', status: 'dead', hop: 2, attempts: 1 },
    since: expect.stringMatching(/^20\d\d-.*Z$/),
    reason: expect.stringContaining('this letter got lost.'),
    value: { tag: 'Stamped', text: 'Dear lost1', clerk: 'ann' },
  })
  expect(fileIn(cwd, '03_look/odd1.json')).toMatchObject({
    status: 'ready',
    reason: 'Error: this letter is odd.',
  })
  await expect.poll(() => fileIn(cwd, 'queues.json')['02_send'], within).toMatchObject({ dead: 1, ready: 0 })
  expect(statSync(join(cwd, 'pipe')).mode & 0o777).toBe(0o700)
  expect(await answerOf(cwd, 'cancel', 'lost1', '--reason', 'gone')).toBeDefined()
  await expect.poll(() => filesIn(cwd)['02_send'], within).toEqual([])
  up.process.kill('SIGTERM')
  expect(await up.ended).toBe(0)
  expect(fileIn(cwd, '01_stamp/slow1.json')).toMatchObject({ status: 'ready' })
})

it('is made right by the next up after one was killed, and nothing of others is removed', async () => {
  const cwd = folder({ 'pipewright.yaml': upFile('config: { ids: [a, slow1] }\n') })
  const first = await started(cwd)
  await expect.poll(() => filesIn(cwd)['04_output'], within).toEqual(['a.json'])
  first.process.kill('SIGKILL')
  await first.ended
  const pipe = join(cwd, 'pipe')
  const text = readFileSync(join(pipe, '04_output/a.json'), 'utf8')
  renameSync(join(pipe, '04_output/a.json'), join(pipe, '02_send/a.json'))
  rmSync(join(pipe, '01_stamp/slow1.json'))
  writeFileSync(join(pipe, '03_look/old.json'), text.replace('"a"', '"old"'))
  mkdirSync(join(pipe, '02_send/kept'))
  for (const foreign of ['02_send/notes.txt', '02_send/list.json', '04_output/.x.json', 'mine.json'])
    writeFileSync(join(pipe, foreign), '{"list": 1}')
  const next = await started(cwd)
  await expect
    .poll(() => filesIn(cwd), within)
    .toEqual({
      '01_stamp': ['slow1.json'],
      '02_send': ['kept', 'list.json', 'notes.txt'],
      '03_look': [],
      '04_output': ['.x.json', 'a.json'],
    })
  expect(existsSync(join(pipe, 'mine.json'))).toBe(true)
  next.process.kill('SIGTERM')
  expect(await next.ended).toBe(0)
})

it('lets tokens enter whose files are dropped into the first folder, and sets bad ones aside with the reason', async () => {
  const cwd = folder({ 'pipewright.yaml': upFile('config: { clerk: bob }\n') })
  const up = await started(cwd)
  await expect.poll(() => existsSync(join(cwd, 'pipe/01_stamp')), within).toBe(true)
  const dropped: Readonly<Record<string, string>> = {
    'whole.json': '{"tag": "Written", "text": "Hello"}',
    'named.json': '{}',
    'text.json': '{"text": "Hi"}',
    'broken.json': '{"text": ',
    'wrong.json': '{"text": 7}',
    'bad1.json': '{}',
  }
  for (const [name, text] of Object.entries(dropped)) writeFileSync(join(cwd, 'pipe/01_stamp', name), text)
  await expect
    .poll(() => filesIn(cwd), within)
    .toMatchObject({
      '01_stamp': [],
      '04_output': ['named.json', 'text.json', 'whole.json'],
      rejected: ['bad1', 'broken', 'wrong'].flatMap((id) => [`${id}.json`, `${id}.json.reason.txt`]),
    })
  const texts = ['named', 'text', 'whole'].map((id) => fileIn(cwd, `04_output/${id}.json`).value.text)
  expect(texts).toEqual(['Dear named', 'Hi', 'Hello'])
  const reason = (id: string) => readFileSync(join(cwd, 'pipe/rejected', `${id}.json.reason.txt`), 'utf8')
  expect(reason('broken')).toMatch(/^It is not JSON: .*\n$/)
  expect(reason('wrong')).toMatch(/"wrong".*text.*expected string, received number/)
  expect(reason('bad1')).toBe('this is no letter.\n')
  expect(readFileSync(join(cwd, 'pipe/rejected/wrong.json'), 'utf8')).toBe(dropped['wrong.json'])
  expect(logged(up.output())).toContainEqual(
    expect.objectContaining({
      message: 'A file was set aside.',
      fields: expect.objectContaining({ file: 'wrong.json' }),
    }),
  )
  up.process.kill('SIGTERM')
  expect(await up.ended).toBe(0)
})

it('is right again after its process was killed while it wrote, and goes into another folder when the file says so', async () => {
  const ids = Array.from({ length: 3000 }, (_, n) => `t${n}`)
  const file = upFile(`config: { ids: [${ids}] }\nrun: { worker: 0 }\n`)
  const cwd = folder({ 'pipewright.yaml': file })
  const first = start(built.main, cwd, 'up', '--json')
  const written = () => (existsSync(join(cwd, 'pipe/01_stamp')) ? filesIn(cwd)['01_stamp']!.length : 0)
  await expect.poll(written, { ...within, interval: 1 }).toBeGreaterThan(0)
  first.process.kill('SIGKILL')
  await first.ended
  for (const name of filesIn(cwd)['01_stamp']!) expect(fileIn(cwd, `01_stamp/${name}`).hop).toBe(1)
  const next = await started(cwd)
  await expect.poll(written, within).toBe(3000)
  await expect.poll(() => existsSync(join(cwd, 'pipe/queues.json')), within).toBe(true)
  expect(filesIn(cwd)['01_stamp']).toEqual(ids.map((id) => `${id}.json`).sort())
  writeFileSync(join(cwd, 'pipewright.yaml'), file.replace('mirror: pipe', 'mirror: other'))
  expect(await answerOf(cwd, 'reload')).toMatchObject({ faults: [] })
  await expect.poll(() => existsSync(join(cwd, 'other/queues.json')), within).toBe(true)
  expect(readdirSync(join(cwd, 'other/01_stamp'))).toHaveLength(3000)
  expect((await cli(cwd, 'seed', built.letters, '--ids', 'late')).code).toBe(0)
  await expect.poll(() => existsSync(join(cwd, 'other/01_stamp/late.json')), within).toBe(true)
  expect(written()).toBe(3000)
  next.process.kill('SIGTERM')
  expect(await next.ended).toBe(0)
})
