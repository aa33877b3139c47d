import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type CompilerError, compile } from './compile.ts'
import { readExpectations } from './expectations.ts'

const folder = 'test/types/errors'
const expectations = readdirSync(folder).flatMap((name) => readExpectations(`${folder}/${name}`))
const { errors } = await compile('test/types/tsconfig.json')

describe('what the compiler says', () => {
  it.each(expectations.map((each) => [each.texts.join(' + '), each] as const))('%s', (_, expectation) => {
    const { file, firstLine, lastLine, texts } = expectation
    const said = errors.filter(({ file: at, line }) => at === file && line >= firstLine && line <= lastLine)
    expect(
      said.map(({ text }) => text),
      `errors in ${file}:${firstLine}-${lastLine}`,
    ).toEqual(texts.map((text) => expect.stringContaining(text)))
  })

  it('is nothing about any other line', () => {
    const expected = ({ file, line }: CompilerError) =>
      expectations.some((each) => each.file === file && line >= each.firstLine && line <= each.lastLine)
    expect(
      errors.filter(({ file }) => file.startsWith('test/types/')).filter((each) => !expected(each)),
    ).toEqual([])
  })
})
