import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { figures } from '../bench/figures.ts'
import { pages } from './pages.ts'

const read = (path: string) => readFileSync(path, 'utf8')
const readme = read('README.md')

/** The rows of the table under the line `above` of the README: their cells. */
function tableUnder(above: string): readonly (readonly string[])[] {
  const [, table] = readme.split(`${above}\n`)
  const [, , ...rows] = /^(?:\|.*\|\n)+/m.exec(table!)![0].trim().split('\n')
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

/** What a heading is called in a link, as GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

const withoutCode = (text: string) => text.replaceAll(/^```[\s\S]*?^```$/gm, '')

it('links to pages and headings that are there', () => {
  const all = [...pages, 'src/README.md', 'CHANGELOG.md', 'SECURITY.md']
  const links = all.flatMap((page) =>
    [...withoutCode(read(page)).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link]) => ({
      page,
      link: link!,
    })),
  )
  expect(links.length).toBeGreaterThan(60)
  const broken = links.filter(({ page, link }) => {
    const [path, anchor] = link.split('#')
    const target = path ? join(dirname(page), path) : page
    if (!existsSync(target)) return true
    const headings = anchor ? [...withoutCode(read(target)).matchAll(/^#+ (.*)$/gm)] : []
    return anchor !== undefined && !headings.some(([, heading]) => anchorOf(heading!) === anchor)
  })
  expect(broken).toEqual([])
  const linked = links.filter(({ page }) => page === 'README.md').map(({ link }) => link)
  expect(pages.slice(1).filter((page) => !linked.includes(page))).toEqual([])
})

it('says who acts', () => {
  const vague = /\b(?:some|no|any|every)body\b|\b(?:who|what|which|where)ever\b/gi
  expect(pages.flatMap((page) => read(page).match(vague) ?? [])).toEqual([])
})

it('proves each sentence of the guarantee by tests that are there', () => {
  const page = 'src/docs/guarantee.md'
  const [guarantee] = /^\*A token is never lost.*\*$/m.exec(read(page)) ?? []
  const parts = read(page).split(/^### /m).slice(1)
  expect(parts.map((part) => part.split('\n')[0]).join(' ')).toBe(guarantee?.slice(1, -1))
  for (const part of parts) {
    const tests = [...part.matchAll(/^- \[`([^`]+)`\]\(([^)]+)\)/gm)]
    expect(tests.length).toBeGreaterThan(0)
    for (const [, name, path] of tests) expect(read(join(dirname(page), path!)), path).toContain(`'${name}`)
  }
  for (const other of ['README.md', 'src/README.md']) expect(read(other)).toContain(guarantee)
})

it('quotes the sentences of the compiler as they are', () => {
  const quoted = [...read('src/docs/workflows.md').matchAll(/^- `(Stage .*|No stage .*|The stage .*)`$/gm)]
  const wiring = read('src/pipeline/wiring.ts').replaceAll(/\$\{[^}]*\}/g, '?')
  expect(quoted).toHaveLength(9)
  for (const [, sentence] of quoted) expect(wiring).toContain(sentence!.replaceAll(/"[A-Z]"/g, '"?"'))
})

it('promises the figures that the bench measures', () => {
  const rows = tableUnder('<!-- figures -->').map((cells) => cells.slice(0, 3))
  expect(rows).toEqual(figures.map(({ name, what, atLeast }) => [`\`${name}\``, what, atLeast]))
})

it('names each path that can be imported', () => {
  const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, unknown> }
  const paths = Object.keys(exports).filter((path) => path !== './package.json')
  const named = tableUnder('## What to import').map(([path]) => path!.replace(/^`pipewright(.*)`$/, '.$1'))
  expect(named.sort()).toEqual(paths.sort())
})

it('names each command', () => {
  const commands = readdirSync('src/cli/commands').map((file) => file.replace(/\.ts$/, ''))
  const [, table] = /^\| command \|.*\n((?:\|.*\n)+)/m.exec(read('src/docs/running.md'))!
  const named = [...table!.matchAll(/^\| `([\w-]+)/gm)].map(([, name]) => name)
  expect(named.sort()).toEqual(commands.sort())
})
