import { readdirSync } from 'node:fs'
import { type Block, readBlocks } from './blocks.ts'

/** The README's pages whose TypeScript is one program, in this order. */
const program = ['src/docs/workflows.md', 'src/docs/running.md', 'src/docs/simulate.md']

/** The README and all that it is continued by. */
export const pages: readonly string[] = [
  'README.md',
  ...program,
  ...readdirSync('src/docs')
    .map((name) => `src/docs/${name}`)
    .filter((path) => !program.includes(path)),
]

/** All fenced blocks of all pages. */
export const blocks: readonly Block[] = pages.flatMap(readBlocks)

/** What is in the blocks of `language`, of those called `name`, or of those without a name. */
export function textsOf(language: string, name = ''): readonly string[] {
  return blocks.filter((block) => block.language === language && block.name === name).map(({ text }) => text)
}

/** The file that a reader makes of the blocks called `name`. */
export function fileOf(name: string): string {
  const parts = textsOf('ts', name)
  if (parts.length === 0) throw new Error(`No page has a block that begins with \`\`\`ts ${name}.`)
  return parts.join('\n')
}

/** The program of the pages that are one. */
export function guide(): string {
  return textsOf('ts').join('\n')
}
