import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { parse, stringify } from 'yaml'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { BooksConfig } from '../../../workflows/books/app/config.ts'
import { readExport } from '../../../workflows/books/export/books-export.ts'
import { openLedger } from '../../../workflows/books/ledger/ledger.ts'
import { reasonClasses } from '../../../workflows/books/states/reason.ts'
import { builtFile } from '../../built.ts'
import { start } from '../../cli/rig.ts'
import { sh } from '../../readme/shell.ts'
import { sampleFile, samplePassphrase, scratchFolder } from './scratch.ts'

// Processes start slowly on a machine that has other things to do.
vi.setConfig({ testTimeout: 90_000 })

const readme = readFileSync('workflows/books/README.md', 'utf8')
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text]) => text!)

it('takes a folder of archives to storage, as it says', async () => {
  const cwd = scratchFolder()
  const archive = '32101700000019.tar.gz.gpg'
  mkdirSync(join(cwd, 'archives'))
  copyFileSync(sampleFile(archive), join(cwd, 'archives', archive))
  const lines = blocks('sh').find((text) => text.includes('my/incoming'))!
  const here = lines.replace('/path/to/archives', 'archives')
  const shell = sh(cwd, `printf '%s\\n' '${samplePassphrase}' | bash -c '${here.replaceAll("'", `'\\''`)}'`)
  expect(await shell.ended, shell.output()).toBe(0)
  const config = parse(blocks('yaml').find((text) => text.includes('source: incoming'))!)
  const { app, config: file } = parse(blocks('yaml').find((text) => text.includes('app: '))!)
  expect([app, file]).toEqual(['../artifacts/books.ts', 'books.yaml'])
  writeFileSync(join(cwd, 'my/books.yaml'), stringify(config))
  const args = [
    'run',
    builtFile('artifacts/books.ts'),
    '--config',
    'my/books.yaml',
    '--port',
    '0',
    '--until-idle',
  ]
  const run = start(builtFile('src/cli/main.ts'), cwd, ...(args as [string, ...string[]]))
  expect(await run.ended, run.output()).toBe(0)
  expect(await readExport(join(cwd, 'my/done'))).toMatchObject([{ barcode: '32101700000019' }])
  expect(existsSync(join(cwd, 'my/done/report.html'))).toBe(true)
})

it('has configs that the app takes', () => {
  const configs = blocks('yaml').map((text) => parse(text))
  expect(configs.length).toBeGreaterThanOrEqual(4)
  for (const config of configs) if (!config.app) expect(() => BooksConfig.parse(config)).not.toThrow()
})

it('asks the ledger what it can be asked', () => {
  const path = join(scratchFolder(), 'ledger.db')
  openLedger(path).close()
  const db = openDatabase(path, { readonly: true })
  const queries = blocks('sh')
    .flatMap((text) => [...text.matchAll(/sqlite3 -readonly ledger\.db "([^"]*)"/g)])
    .map(([, sql]) => sql!)
  expect(queries.length).toBeGreaterThan(1)
  for (const sql of queries) expect(db.prepare(sql).all()).toEqual([])
  db.close()
})

it('says of each reason what to do', () => {
  for (const name of reasonClasses) expect(readme).toMatch(new RegExp(`^\\| .*\`${name}\`.* \\|`, 'm'))
})
