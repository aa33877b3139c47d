import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Command, Option } from 'commander'
import { type AppOptions, addAppOptions, addRollback, commaList, wholeNumber } from '../app-options.ts'
import type { Seed } from '../define-app.ts'
import { openApp } from '../open-app.ts'
import { processLog } from '../process-log.ts'
import { seedTokens } from '../seed-tokens.ts'
import type { Terminal } from '../terminal.ts'
import { UsageError } from '../usage-error.ts'

interface Options extends AppOptions {
  readonly sample?: number
  readonly ids?: readonly string[]
  readonly file?: string
  readonly replace?: boolean
}

/** `pipewright seed APP`: lets tokens enter. */
export function seedCommand(terminal: Terminal): Command {
  return addRollback(addAppOptions(new Command('seed')))
    .description('let tokens enter: those with the given ids, a sample, or all that the app finds')
    .argument('<app>', 'the module of the app')
    .addOption(
      new Option('--sample <n>', 'so many to try things out with')
        .argParser(wholeNumber(1, 1e9))
        .conflicts(['ids', 'file']),
    )
    .addOption(new Option('--ids <ids>', 'these: A,B').argParser(commaList).conflicts(['sample', 'file']))
    .addOption(new Option('--file <file>', 'those in a file, one a line').conflicts(['sample', 'ids']))
    .option('--replace', 'let ids enter anew that are known already')
    .action(async (path: string, options: Options) => {
      const { config, db, rollback, json = false, replace = false } = options
      const app = await openApp({ app: path, config, db, rollback }, processLog('seed', terminal, json))
      try {
        if (!app.seed)
          throw new UsageError(`The app ${path} has no seed: it does not say how tokens are made.`)
        const ids = idsOf(app.seed, options, path)
        const { input } = await app.makeQueues()
        const seeded = await seedTokens(input, app.seed, ids, replace)
        const { entered, known } = seeded
        terminal.out(json ? JSON.stringify(seeded) : `${entered} entered, ${known} known already`)
      } finally {
        await app.close()
      }
    })
}

function idsOf(
  { all, sample }: Seed<any>,
  options: Options,
  path: string,
): Iterable<string> | AsyncIterable<string> {
  if (options.ids) return options.ids
  if (options.file !== undefined) return idsInFile(options.file)
  if (options.sample !== undefined) {
    if (sample) return sample(options.sample)
    throw new UsageError(`The app ${path} has no sample; use --ids or --file.`)
  }
  if (all) return all()
  throw new UsageError(`Say which tokens: --ids A,B or --file FILE${sample ? ' or --sample N' : ''}.`)
}

function idsInFile(path: string): AsyncIterable<string> {
  if (!existsSync(path)) throw new UsageError(`There is no file ${path} with ids.`)
  return lines()

  async function* lines() {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      const id = line.trim()
      if (id !== '') yield id
    }
  }
}
