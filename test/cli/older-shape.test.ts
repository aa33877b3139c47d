import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readUpFile } from '../../src/app/up/read-up-file.ts'
import { cli, folder, letters } from './rig.ts'

const older = `
global:
  clerk: bob
filters:
  - { name: first, class: Stamper, input_pipe: in, output_pipe: stamped }
  - { name: second, class: Stamper, input_pipe: in, output_pipe: stamped }
  - { name: out, class: send, input_pipe: stamped, output_pipe: sent }
`

/** What reading `text` gives, or the sentences in which it is refused. */
async function read(text: string, env: NodeJS.ProcessEnv = {}) {
  const path = join(folder({ 'old.yaml': text }), 'old.yaml')
  return readUpFile(path, { env, app: letters }).catch((error: Error) =>
    error.message.replaceAll(path, 'old.yaml'),
  )
}

it('understands a file of the older shape, and says of each key what it is now', async () => {
  const file = await read(older)
  if (typeof file === 'string') throw new Error(file)
  expect(file.settings).toMatchObject({
    app: letters,
    run: { stamp: { processes: 2 }, send: { processes: 1 } },
  })
  expect(file.config.value).toEqual({ clerk: 'bob', folder: '.' })
  expect(file.notes.map((note) => note.replace(/^.*old\.yaml/, 'old.yaml'))).toEqual([
    'old.yaml:3: "global.clerk" is "config.clerk".',
    'old.yaml:5: The filter "first" is a process of the stage stamp; its pipes are queues, which the workflow connects.',
    'old.yaml:6: The filter "second" is a process of the stage stamp; its pipes are queues, which the workflow connects.',
    'old.yaml:7: The filter "out" is a process of the stage send; its pipes are queues, which the workflow connects.',
  ])
  expect(file.at(['run', 'send'])).toMatch(/old\.yaml:7$/)
  expect(file.config.at(['clerk'])).toMatch(/old\.yaml:3$/)
})

it('says in its own lines what it does not understand', async () => {
  expect(await read(older.replace('Stamper', 'Stomper'))).toBe(
    'old.yaml:5: No stage of letters is called Stomper; it knows Stamper, Sender. Did you mean "Stamper"?',
  )
  expect(await read(older.replace('clerk', 'clark'))).toBe(
    'old.yaml:3: "global.clark" is nothing that letters knows; it knows clerk, office_key. Did you mean "clerk"?',
  )
  expect(await read(older.replace('output_pipe: sent', 'output_pip: sent'))).toBe(
    'old.yaml:7: "filters.2.output_pip" is not known here; remove it or correct its name.',
  )
  expect(
    await read(
      older.replace(
        'name: first, class: Stamper, input_pipe: in',
        'name: first, class: Stamper, input_pipe: sent',
      ),
    ),
  ).toBe('old.yaml:5: The filter "first" reads what "out" writes, but in letters the order is stamp, send.')
  expect(await read(`${older}run: { stamp: 1 }`)).toContain('"run" cannot be beside "global" and "filters"')
})

it('says which stages have no filter', async () => {
  const file = await read('filters: [{ name: a, class: Sender }]')
  expect(file).toMatchObject({
    notes: [expect.any(String), 'No filter is for the stage stamp; the process worker does it.'],
  })
})

it('takes a secret by reference, and refuses one that is written down, with the line that moves it', async () => {
  const withKey = (key: string) => older.replace('global:\n', `global:\n  office_key: ${key}\n`)
  const refused = await read(withKey('"open sesame"'))
  expect(refused).toMatch(
    /^old\.yaml:3: "global\.office_key" is a secret, .* This line moves it: move-key old\.yaml$/,
  )
  expect(refused).not.toContain('sesame')
  expect(await read(withKey(`x$\{env:KEY}`), { KEY: 'open sesame' })).toContain('is a secret')
  expect(await read(withKey(`"$\{env:KEY}"`), { KEY: 'open sesame' })).toMatchObject({
    settings: { env: { LETTERS_KEY: 'open sesame' } },
    secrets: ['open sesame'],
  })
})

it('asks for the app, which such a file does not name', async () => {
  const cwd = folder({ 'old.yaml': older })
  const { code, err } = await cli(cwd, 'up', 'old.yaml')
  expect(code).toBe(1)
  expect(err).toContain('does not name the app: `pipewright up old.yaml --app FILE.ts`')
})
