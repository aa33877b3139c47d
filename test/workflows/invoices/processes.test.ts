import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { diagram } from '../../../src/index.ts'
import { LedgerBook } from '../../../workflows/invoices/toy-ledger/ledger-book.ts'
import { serveLedger } from '../../../workflows/invoices/toy-ledger/serve-ledger.ts'
import { makeInvoices } from '../../../workflows/invoices/workflow.ts'
import { builtFile } from '../../built.ts'
import { postgresUrl, takeSchema } from '../../postgres/schemas.ts'
import { freePort } from '../../readme/installed.ts'
import { sh } from '../../readme/shell.ts'
import { calm } from './office.ts'

const folder = new URL('../../../workflows/invoices/', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, folder), 'utf8')
const readme = read('README.md')
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text]) => text!)

it('the README shows the workflow as it is', () => {
  expect(readme).toContain(`\`\`\`mermaid\n${diagram(makeInvoices())}\`\`\``)
})

it('the README quotes the code as it is', () => {
  const code = ['ledger-gate.ts', 'stages/post.ts', 'stages/approve.ts'].map(read).join('\n')
  expect(blocks('ts')).toHaveLength(4)
  for (const quote of blocks('ts')) expect(code).toContain(quote)
})

it.each(['a file', 'a Postgres'])(
  'what the README runs does what it says, on %s',
  { timeout: 120_000 },
  async (where) => {
    const book = new LedgerBook(calm)
    const ledger = await serveLedger(book, 0)
    onTestFinished(ledger.close)
    const cwd = mkdtempSync(join(tmpdir(), 'invoices-'))
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true, maxRetries: 10 }))
    const schema = where === 'a Postgres' ? takeSchema() : undefined
    onTestFinished(() => schema?.free())
    const database = schema ? `database: ${postgresUrl()}?schema=${schema.name}\n` : ''
    writeFileSync(join(cwd, 'app.yaml'), `ledger: ${ledger.url}\n${database}`)
    const port = await freePort()
    const made = (text: string) =>
      text
        .replaceAll('node dist/cli/main.js', `'${process.execPath}' '${builtFile('src/cli/main.ts')}'`)
        .replaceAll('artifacts/invoices.ts', `'${builtFile('artifacts/invoices.ts')}' --config app.yaml`)
        .replaceAll('4000', `${port}`)
    const run = async (text: string) => {
      const { ended, output } = sh(cwd, made(text))
      expect(await ended, output()).toBe(0)
      return output()
    }
    const [building, starting, deciding, looking] = blocks('sh') as [string, string, string, string]
    expect(building).toBe('npm ci && npm run build\nnpm run ledger\n')
    const [seeding, running] = starting.split('\n') as [string, string]
    expect(await run(seeding)).toContain('5 entered')
    const app = sh(cwd, `exec ${made(running)}`)
    onTestFinished(async () => {
      process.kill(-app.process.pid!, 'SIGTERM')
      await app.ended
    })

    const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}/reviews/${path}`, init)
    const idsIn = ({ tasks }: any) => tasks.map(({ id }: { id: string }) => id).sort()
    const ids = async (desk: string) => idsIn(await (await ask(`${desk}/tasks`)).json())
    const within = { timeout: 60_000, interval: 50 }
    await expect
      .poll(() => ids('approve').catch(app.output), within)
      .toEqual([1, 2, 3, 4].map((n) => `sample-${n}`))
    await expect.poll(() => ids('correct'), within).toEqual(['sample-5'])
    const body = JSON.stringify({ decision: 'approve', hop: 3, by: 'mail room' })
    const headers = { 'content-type': 'application/json' }
    const refused = await ask('approve/tasks/sample-1/decide', { method: 'POST', headers, body })
    expect([refused.status, await refused.json()]).toEqual([
      400,
      expect.objectContaining({
        message: expect.stringContaining('mail room has entered or corrected this invoice'),
      }),
    ])

    const said = await run(deciding)
    expect(said).toContain('\\"pencil\\" costs 0.70')
    expect(idsIn(JSON.parse(said.slice(0, said.indexOf('}{') + 1)))).toEqual(['sample-1', 'sample-3'])
    const outbox = () => readdirSync(join(cwd, 'data/invoices/outbox')).sort()
    await expect.poll(outbox, within).toEqual(['sample-1%3A5.json', 'sample-5%3A4.json'])
    expect(book.booked.map(({ key }) => key)).toEqual(['sample-1@invoices/post'])
    const looked = await run(looking)
    expect(looked).toMatch(/invoices\/approve +decided +ann +approve/)
    expect(looked).toMatch(/^ledger +.*open/m)
  },
)
