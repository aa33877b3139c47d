import { Command } from 'commander'
import { UsageError } from '../../app/usage-error.ts'
import type { BulkAction, BulkRequest } from '../../run/bulk/bulk.ts'
import type { Settings } from '../../run/travel/travel.ts'
import { wholeNumber } from '../app-options.ts'
import { type BulkOptions, followed, withBulk } from '../bulk-runs.ts'
import { addByHand, addForce, addSettings } from '../by-hand.ts'
import { planTable, runJson, runLines, runsTable } from '../screen/bulk-table.ts'
import type { Terminal } from '../screen/terminal.ts'
import { addTarget } from '../with-target.ts'

interface Options extends BulkOptions {
  readonly where: string
  readonly rate?: number
  readonly force?: boolean
  readonly dryRun?: boolean
  readonly to?: string
  readonly set?: Settings
}

/** `pipewright bulk ...`: what is done to many tokens at once. */
export function bulkCommand(terminal: Terminal): Command {
  const starting = (name: BulkAction['action'], what: string) =>
    addForce(addRate(addByHand(new Command(name))))
      .description(what)
      .argument('[queue]', 'the queue, such as books/decrypt; by default all stages and desks')
      .requiredOption('--where <filter>', 'which, such as "status:dead class:decrypt age>1d"; "" is all')
      .action(async (queue: string | undefined, options: Options) =>
        start(terminal, requestOf(name, queue, options)),
      )
  const looking = (name: string, what: string) => addTarget(new Command(name)).description(what)
  const turning = (name: string, what: string) =>
    addRate(addByHand(new Command(name)))
      .description(what)
      .argument('<id>', 'the bulk action, such as retry-1a2b3c4d')

  return new Command('bulk')
    .description('do something to all tokens that match a filter; it can be stopped and undone')
    .addCommand(starting('retry', 'make what is dead, or waits for another attempt, ready now'))
    .addCommand(starting('cancel', 'take tokens out for good, with all that owe them a result'))
    .addCommand(
      starting('move', 'move tokens to another stage').requiredOption(
        '--to <stage>',
        'the stage, such as decrypt',
      ),
    )
    .addCommand(addSettings(starting('edit', 'change parts of values; each is checked by its stage')))
    .addCommand(
      looking('list', 'list bulk actions').action((options: BulkOptions) =>
        withBulk(options, terminal, async (bulk) => {
          const runs = await bulk.list()
          terminal.out(options.json ? JSON.stringify(runs.map(runJson)) : runsTable(runs))
        }),
      ),
    )
    .addCommand(
      looking('show', 'show a bulk action: how far it is, and what was refused')
        .argument('<id>', 'the bulk action')
        .action((id: string, options: BulkOptions) =>
          withBulk(options, terminal, async (bulk) => {
            const run = await bulk.find(id)
            terminal.out(options.json ? JSON.stringify(runJson(run)) : runLines(run))
          }),
        ),
    )
    .addCommand(
      turning('stop', 'stop a bulk action; what has been done stays').action((id: string, options: Options) =>
        withBulk(options, terminal, async (bulk, by) => {
          const run = await bulk.stop(id, by)
          terminal.out(options.json ? JSON.stringify(runJson(run)) : runLines(run))
        }),
      ),
    )
    .addCommand(
      turning('resume', 'let a bulk action that was stopped go on').action((id: string, options: Options) =>
        followed(options, terminal, (bulk, by) => bulk.resume(id, by)),
      ),
    )
    .addCommand(
      turning('undo', 'take back what a bulk action has done, where no worker has begun it').action(
        (id: string, options: Options) =>
          followed(options, terminal, (bulk, by) => bulk.undo(id, { ...by, rate: options.rate })),
      ),
    )
}

function addRate(command: Command): Command {
  return command.option(
    '--rate <n>',
    'so many a second at most; as many as possible unless told',
    wholeNumber(1, 1000),
  )
}

type Asked = BulkAction & Pick<BulkRequest, 'where' | 'queue' | 'rate' | 'force'>

function requestOf(action: BulkAction['action'], queue: string | undefined, options: Options) {
  const { where, rate, force, to, set } = options
  if (action === 'edit' && set === undefined)
    throw new UsageError('There is nothing to be edited: give --set PATH=JSON.')
  const asked = {
    action,
    where,
    queue,
    rate,
    force,
    ...(to !== undefined && { to }),
    ...(set && { set }),
  } as Asked
  return { asked, options }
}

async function start(
  terminal: Terminal,
  { asked, options }: { asked: Asked; options: Options },
): Promise<void> {
  if (!options.dryRun) return followed(options, terminal, (bulk, by) => bulk.start({ ...asked, ...by }))
  await withBulk(options, terminal, async (bulk, by) => {
    const plan = await bulk.plan({ ...asked, ...by })
    terminal.out(options.json ? JSON.stringify(plan) : planTable(plan))
  })
}
