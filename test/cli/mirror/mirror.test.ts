import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { openApp } from '../../../src/app/open-app.ts'
import { mirror } from '../../../src/cli/up/mirror/mirror.ts'
import type { Log } from '../../../src/run/log.ts'
import { silent } from '../../../src/run/log.ts'
import { folder, letters } from '../rig.ts'

const within = { timeout: 15_000, interval: 20 }
const ending: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const end of ending.splice(0)) await end()
})

/** The letters, of which none is worked on, mirrored into the folder `pipe`. */
async function mirrored({
  cwd = folder(),
  files = {},
}: {
  cwd?: string
  files?: Record<string, string>
} = {}) {
  const given = { value: {}, folder: cwd, at: () => '' }
  const app = await openApp({ app: letters, given }, silent)
  const { input } = await app.makeQueues()
  const root = join(cwd, 'pipe')
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const warnings: string[] = []
  const log: Log = {
    ...silent,
    warn: (message, fields) => warnings.push(`${message} ${fields?.['file'] ?? ''}`),
  }
  const over = new AbortController()
  const done = mirror(app, { root, signal: over.signal, log })
  const end = async () => {
    over.abort()
    await done
  }
  ending.push(async () => {
    await end()
    await app.close()
  })
  const filesIn = (name: string) =>
    existsSync(join(root, name)) ? readdirSync(join(root, name)).sort() : undefined
  const text = (path: string) => readFileSync(join(root, path), 'utf8')
  return { app, input, cwd, root, warnings, end, filesIn, text }
}

const letter = { tag: 'Written', text: 'Hello' }

it('sets a token aside that is known already, and lets the one enter that was dropped before', async () => {
  const { root, filesIn, text, input } = await mirrored()
  await input.push('seeded', letter)
  await expect.poll(() => filesIn('01_stamp'), within).toEqual(['seeded.json'])
  const drop = (name: string, value: unknown) => {
    writeFileSync(join(root, name), JSON.stringify(value))
    renameSync(join(root, name), join(root, '01_stamp', name))
  }
  drop('dropped.json', letter)
  await expect.poll(() => text('01_stamp/dropped.json'), within).toContain('"status": "ready"')
  drop('dropped.json', letter)
  await expect.poll(() => text('01_stamp/dropped.json'), within).toContain('"status": "ready"')
  expect(filesIn('rejected')).toBeUndefined()
  drop('seeded.json', { ...letter, text: 'Other' })
  await expect.poll(() => filesIn('rejected'), within).toEqual(['seeded.json', 'seeded.json.reason.txt'])
  expect(text('rejected/seeded.json.reason.txt')).toBe(
    'Token "seeded" is known already; nothing was changed.\n',
  )
  await expect.poll(() => filesIn('01_stamp'), within).toEqual(['dropped.json', 'seeded.json'])
  expect(text('01_stamp/seeded.json')).toContain('"text": "Hello"')
})

it('ends with a file whose token had entered when its process was killed', async () => {
  const dropped = JSON.stringify(letter)
  const first = await mirrored()
  await expect.poll(() => filesOf(first), within).toEqual([])
  writeFileSync(join(first.root, 'x.json'), dropped)
  renameSync(join(first.root, 'x.json'), join(first.root, '01_stamp/x.json'))
  await expect.poll(() => filesOf(first), within).toEqual(['x.json'])
  await expect.poll(() => first.text('01_stamp/x.json'), within).toContain('"hop": 1')
  await first.end()
  // As it is when the process was killed between the push and the end of the file.
  writeFileSync(join(first.root, '.pipewright/taken/x.json'), dropped)
  writeFileSync(join(first.root, '.pipewright/taken/y.json'), dropped)
  const { filesIn, warnings } = await mirrored({ cwd: first.cwd })
  await expect.poll(() => filesIn('01_stamp'), within).toEqual(['x.json', 'y.json'])
  await expect.poll(() => filesIn('.pipewright/taken'), within).toEqual([])
  expect(filesIn('rejected')).toBeUndefined()
  expect(warnings).toEqual([])
})

it('is made anew where it was removed while it was kept, and warns once', async () => {
  const { input, root, filesIn, warnings } = await mirrored()
  await input.push('a', letter)
  await expect.poll(() => filesIn('01_stamp'), within).toEqual(['a.json'])
  rmSync(root, { recursive: true })
  await expect.poll(() => filesIn('01_stamp'), within).toEqual(['a.json'])
  await input.push('b', letter)
  await expect.poll(() => filesIn('01_stamp'), within).toEqual(['a.json', 'b.json'])
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toMatch(/^The mirror cannot be kept: ENOENT: .*\. Trying again\./)
})

it('warns once, and goes on, while its folder cannot be one', async () => {
  const cwd = folder({ pipe: 'a file' })
  const { root, warnings, filesIn } = await mirrored({ cwd })
  await expect.poll(() => warnings, within).toEqual([expect.stringContaining('EEXIST')])
  rmSync(root)
  await expect.poll(() => filesIn('04_output'), within).toEqual([])
  expect(warnings).toHaveLength(1)
})

it('shows at its end what there is then', async () => {
  const { input, end, filesIn } = await mirrored()
  await expect.poll(() => filesIn('01_stamp'), within).toEqual([])
  await Promise.all(Array.from({ length: 200 }, (_, n) => input.push(`t${n}`, letter)))
  await end()
  expect(filesIn('01_stamp')).toHaveLength(200)
})

it('shows what is paused, and what no folder can be written for', async () => {
  const { app, input, root, text, warnings, filesIn } = await mirrored()
  await expect.poll(() => filesIn('02_send'), within).toEqual([])
  await app.backend.commit([
    { kind: 'gate', name: 'letters/stamp', closed: true, actor: 'ann', reason: 'lunch' },
  ])
  await input.push('a', letter)
  await expect
    .poll(() => JSON.parse(text('queues.json'))['01_stamp'], within)
    .toMatchObject({ ready: 1, paused: true, parked: { why: 'closed', actor: 'ann', reason: 'lunch' } })
  mkdirSync(join(root, '01_stamp/b.json'))
  await input.push('b', letter)
  await expect.poll(() => filesIn('rejected'), within).toEqual(['b.json', 'b.json.reason.txt'])
  await expect.poll(() => text('01_stamp/b.json'), within).toContain('"id": "b"')
  expect(warnings).toEqual(['A file was set aside. b.json'])
})

function filesOf({ filesIn }: { readonly filesIn: (name: string) => readonly string[] | undefined }) {
  return filesIn('01_stamp')
}

it('sets aside a file that is nested too deeply, and goes on', async () => {
  const { root, filesIn, input } = await mirrored()
  await expect.poll(() => filesIn('01_stamp'), within).toEqual([])
  const depth = 400_000
  writeFileSync(join(root, 'deep'), `{"tag": "Written", "text": ${'['.repeat(depth)}${']'.repeat(depth)}}`)
  renameSync(join(root, 'deep'), join(root, '01_stamp', 'deep.json'))
  await expect.poll(() => filesIn('rejected'), within).toEqual(['deep.json', 'deep.json.reason.txt'])
  await input.push('other', letter)
  await expect.poll(() => filesIn('01_stamp'), within).toEqual(['other.json'])
})
