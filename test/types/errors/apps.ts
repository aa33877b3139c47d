import { defineApp, makeQueues, workflow as makeWorkflow } from 'pipewright'
import { memory } from 'pipewright/memory'
import { simulate } from 'pipewright/simulate'
import * as z from 'zod'
import { auto, correction, Input, manual, Output } from '../correction.ts'

const name = 'correction'
const config = z.object({})
const open = {
  workflow: correction,
  backend: () => memory(),
  context: { hand: 'mine', printer: { print() {} } },
}

// the context of the stages is left out
const { workflow, backend } = open
const Settings = z.object({ db: z.string() })
// error: The context is missing: the functions of the stages ask for "hand".
defineApp({ name, config, open: () => ({ workflow, backend }) })
// error: The context is missing: the functions of the stages ask for "hand".
defineApp({
  name,
  config: Settings,
  open: ({ db }, { log }) => ({ workflow, backend, log, seed: { all: () => [db] } as never }),
})
// error: The context is missing: the functions of the stages ask for "hand".
defineApp({ name, config, open: async () => ({ workflow, backend }) })
// error: Property 'printer' is missing in type '{ hand: string; }'
defineApp({ name, config, open: () => ({ workflow, backend, context: { hand: 'mine' } }) })

// a fault of the workflow is reported once, not again where it is run
// error: Stage "auto" can return state "AutoCorrected", which no stage accepts and which is not an output.
const unsound = makeWorkflow({ input: Input, output: Output, stages: { auto, manual } })
defineApp({ name, config, open: () => ({ workflow: unsound, backend }) })
makeQueues(unsound, memory(), 'unsound').then(({ artifacts }) => artifacts())
makeWorkflow({ input: Input, output: Output, stages: { unsound } })
simulate(unsound, { inputs: [] })

// a misspelt key
// error: NothingReads<"sevre">
defineApp({ name, config, open: () => ({ ...open, sevre: { port: 1 } }) })

// a misspelt key where `open` is async
// error: NothingReads<"sevre">
defineApp({ name, config, open: async () => ({ ...open, sevre: { port: 1 } }) })

// a misspelt key of the address
// error: NothingReads<"prot">
defineApp({ name, config, open: () => ({ ...open, serve: { host: '::1', prot: 1 } }) })

// a misspelt key of the seed
const value = (img: string) => Input({ img })
// error: NothingReads<"sampel">
defineApp({ name, config, open: () => ({ ...open, seed: { value, sampel: () => [] } }) })

// a misspelt key of the app
// error: 'confg' does not exist
defineApp({ name, config, confg: config, open: () => open })
