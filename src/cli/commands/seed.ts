import { Command, Option } from 'commander'
import { openApp } from '../../app/open-app.ts'
import { UsageError } from '../../app/usage-error.ts'
import { looking } from '../../backends/sqlite/look/look.ts'
import { checkReason } from '../../queue/check-reason.ts'
import {
  type AppOptions,
  addAppOptions,
  addRollback,
  commaList,
  fileName,
  wholeNumber,
} from '../app-options.ts'
import { drySeed } from '../dry-seed.ts'
import { refusePrivate } from '../private-backend.ts'
import { reportError } from '../screen/report-error.ts'
import type { Terminal } from '../screen/terminal.ts'
import { type IdChoice, type SeedId, seedIds } from '../seed-ids.ts'
import { saySeeded, seedTokens } from '../seed-tokens.ts'
import { processLog } from '../supervise/process-log.ts'

interface Options extends AppOptions, IdChoice {
  readonly replace?: boolean
  readonly reason?: string
  readonly dryRun?: boolean
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
    .addOption(
      new Option('--file <file>', 'those in a file, one a line; - reads the standard input')
        .argParser(fileName)
        .conflicts(['sample', 'ids']),
    )
    .option(
      '--replace',
      'take known ids from where they are, also from a worker or a desk, and let them enter anew',
    )
    .option('--reason <text>', 'why they are replaced, for the history')
    .option('--dry-run', 'only say what would become of each')
    .action((path: string, options: Options) => {
      const act = () => seed(path, options, terminal)
      return looking(options.dryRun ? { mayWrite: false } : { mayWrite: true, mayMake: true }, act)
    })
}

async function seed(path: string, options: Options, terminal: Terminal): Promise<void> {
  const { config, db, rollback, json = false, dryRun = false } = options
  const replaceBecause = reasonOf(options)
  const app = await openApp({ app: path, config, db, rollback }, processLog('seed', terminal, { json }))
  try {
    const { seed } = app
    if (!seed) throw new UsageError(`The app ${path} has no seed: it does not say how tokens are made.`)
    const ids = seedIds(seed, options, path)
    const refused = ({ id, place = id }: SeedId, error: unknown) =>
      reportError(terminal, error, { json, place })
    refusePrivate(app.name, app.backend)
    const seeding = { seed, replaceBecause, refused }
    const print = json ? () => {} : terminal.out
    const seeded = dryRun
      ? await drySeed(app, { ...seeding, print }, ids)
      : await seedTokens({ ...seeding, input: (await app.makeQueues()).input }, ids)
    const text = saySeeded(seeded)
    terminal.out(
      json ? JSON.stringify(dryRun ? { dryRun, ...seeded } : seeded) : dryRun ? `it would be: ${text}` : text,
    )
    if (seeded.refused > 0) throw new Error(sayRefused(seeded.refused))
  } finally {
    await app.close()
  }
}

function sayRefused(count: number): string {
  return `${count} ${count === 1 ? 'id was' : 'ids were'} refused, see above; the others were not affected.`
}

function reasonOf({ replace = false, reason, dryRun = false }: Options): string | undefined {
  if (!replace) {
    if (reason === undefined) return undefined
    throw new UsageError('--reason says why ids are replaced; use it with --replace.')
  }
  if (reason !== undefined) return checkedReason(reason)
  if (dryRun) return 'a dry run'
  throw new UsageError(
    '--replace takes tokens from where they are, so it needs --reason WHY for the history; --dry-run says where they are.',
  )
}

function checkedReason(reason: string): string {
  try {
    checkReason(reason, 'Replacing tokens', {})
    return reason
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}
