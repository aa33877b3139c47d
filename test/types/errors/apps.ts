import { defineApp } from 'pipewright'
import { memory } from 'pipewright/memory'
import * as z from 'zod'
import { correction, Input } from '../correction.ts'

const name = 'correction'
const config = z.object({})
const open = {
  workflow: correction,
  backend: () => memory(),
  context: { hand: 'mine', printer: { print() {} } },
}

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
