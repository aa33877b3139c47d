import { readFileSync } from 'node:fs'

/** A fenced block of a markdown file: its language, the name beside it, and what is in it. */
export interface Block {
  readonly language: string
  readonly name: string
  readonly text: string
}

/** All fenced blocks of the markdown file `path`, in their order. */
export function readBlocks(path: string): readonly Block[] {
  const fenced = /^```(\w+)[ ]?(.*)\n([\s\S]*?)^```$/gm
  return [...readFileSync(path, 'utf8').matchAll(fenced)].map(([, language, name, text]) => ({
    language: language!,
    name: name!,
    text: text!,
  }))
}
