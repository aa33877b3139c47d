import { Command } from 'commander'
import { reportPage } from '../../page/report-page.ts'
import { makeReporter, mostDays, usualDays } from '../../run/report/reporter.ts'
import { databaseName, fileName, wholeNumber } from '../app-options.ts'
import type { Target } from '../open-target.ts'
import type { Terminal } from '../screen/terminal.ts'
import { usualDatabase, withTarget } from '../with-target.ts'
import { writeDurably } from '../write-durably.ts'

interface Options extends Target {
  readonly json?: string
  readonly html?: string
  readonly days: number
}

/** `pipewright report`: what has become of the tokens, day by day, as JSON and as a page. */
export function reportCommand(terminal: Terminal): Command {
  return new Command('report')
    .description('report what has become of the tokens, day by day, and how the queues are: JSON, or a page')
    .option('--db <database>', usualDatabase, databaseName)
    .option('--app <app>', 'take the database of this app', fileName)
    .option('--config <file>', "the app's config, a YAML file", fileName)
    .option('--json <file>', 'write the report to this file; without files it is printed', fileName)
    .option('--html <file>', 'write a page to this file', fileName)
    .option(
      '--days <n>',
      `how many days in UTC, today among them: 1 to ${mostDays}`,
      wholeNumber(1, mostDays),
      usualDays,
    )
    .action(async ({ json, html, days, ...target }: Options) => {
      await withTarget(target, terminal, async ({ backend, workflow }) => {
        const summary = await makeReporter({ backend, workflow, days })()
        const text = `${JSON.stringify(summary, undefined, 2)}\n`
        if (json !== undefined) await writeDurably(json, text)
        if (html !== undefined) await writeDurably(html, reportPage(summary))
        if (json === undefined && html === undefined) terminal.out(text.trimEnd())
      })
    })
}
