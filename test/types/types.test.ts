import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type CompilerError, compile } from './compile.ts'
import { readExpectations } from './expectations.ts'
import { generated, partsOf, wholeOf, withProject } from './long-workflow.ts'

const folder = 'test/types/errors'
const expectations = readdirSync(folder).flatMap((name) => readExpectations(`${folder}/${name}`))
const stages = 60
const parts = partsOf(stages)
const lacking = wholeOf(stages).replace('stage30, ', '')
// Each compiles all sources that the package may load, so one has all that is wrong.
const { errors } = await withProject(`${parts}\n${lacking}`, compile, ['test/types/**/*.ts'])

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

describe('a workflow of 60 stages', { timeout: 60_000 }, () => {
  const budget = 150_000

  it('costs the compiler at most 150,000 instantiations more than its parts', async () => {
    const alone = await withProject(parts, compile)
    const together = await withProject(`${parts}\n${wholeOf(stages)}`, compile)
    expect([...alone.errors, ...together.errors].filter(ours)).toEqual([])
    const cost = together.instantiations - alone.instantiations
    expect(cost).toBeGreaterThan(stages)
    expect(cost).toBeLessThanOrEqual(budget)
  })

  it('is still checked', () => {
    expect(errors.filter(ours).map(({ text }) => text)).toContainEqual(
      expect.stringContaining('Stage "stage29" can return state "S30", which no stage accepts'),
    )
  })
})

function ours({ file }: CompilerError): boolean {
  return file.endsWith(generated)
}
