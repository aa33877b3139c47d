import { Command } from 'commander'
import { assembleApp } from '../../app/open-app.ts'
import { looking } from '../../backends/sqlite/look/look.ts'
import { diagram } from '../../pipeline/diagram.ts'
import type { Pipeline } from '../../pipeline/pipeline.ts'
import { type AppOptions, addAppOptions } from '../app-options.ts'
import type { Terminal } from '../screen/terminal.ts'
import { processLog } from '../supervise/process-log.ts'

/** `pipewright graph APP`: the workflow as a mermaid diagram. */
export function graphCommand(terminal: Terminal): Command {
  return addAppOptions(new Command('graph'))
    .description('print the workflow of an app as a mermaid diagram')
    .argument('<app>', 'the module of the app')
    .action(async (path: string, { config, json = false }: AppOptions) => {
      const log = processLog('graph', terminal, { json })
      const { name, opened, close } = await looking({ mayWrite: false }, () =>
        assembleApp({ app: path, config }, log),
      )
      try {
        if (!hasStages(opened.workflow))
          throw new Error(`${path} runs a single stage; there is nothing to draw.`)
        const mermaid = diagram(opened.workflow)
        terminal.out(json ? JSON.stringify({ workflow: name, mermaid }) : mermaid.trimEnd())
      } finally {
        await close()
      }
    })
}

function hasStages(pipeline: Pipeline): pipeline is Pipeline & { readonly stages: unknown } {
  return 'stages' in pipeline
}
