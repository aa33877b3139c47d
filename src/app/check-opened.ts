import type { StatePipeline } from '../pipeline/pipeline.ts'
import { slotsOfSeed } from '../run/cron/cron-seed.ts'
import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import { isStates } from '../schema/state.ts'
import type { Address, Opened, Seed } from './define-app.ts'
import { checkFeed } from './feed.ts'
import { checkUpkeep } from './upkeep.ts'

const openedKeys = keysOf<Opened>({
  workflow: true,
  backend: true,
  context: true,
  idOf: true,
  seed: true,
  cron: true,
  upkeep: true,
  log: true,
  serve: true,
  close: true,
})
const addressKeys = keysOf<Address>({
  host: true,
  port: true,
  token: true,
  hosts: true,
  origins: true,
  tls: true,
  backend: true,
})
const seedKeys = keysOf<Seed<any>>({ value: true, all: true, sample: true, feed: true })

/** Throws a sentence unless `opened` is what the `open` of an app has to return: not every app uses a compiler. */
export function checkOpened(opened: unknown): asserts opened is Opened {
  if (typeof opened !== 'object' || opened === null) {
    throw new TypeError('its `open` returns nothing; it has to return { workflow, backend }.')
  }
  refuseUnread('`open` returns', opened, openedKeys)
  const { workflow, backend, idOf, seed, cron = {}, upkeep = {}, serve } = opened as Partial<Opened>
  if (typeof (workflow as { connect?: unknown } | undefined)?.connect !== 'function') {
    throw new TypeError('its `open` returns no workflow.')
  }
  checkStates(workflow as Partial<StatePipeline>)
  if (typeof backend !== 'function' && typeof backend !== 'object') {
    throw new TypeError('its `open` returns no backend, such as () => sqlite(FILE).')
  }
  if (idOf !== undefined && typeof idOf !== 'function') {
    throw new TypeError(
      `its \`idOf\` is ${JSON.stringify(idOf)}; it is a function, such as ({ barcode }) => barcode.`,
    )
  }
  if (seed !== undefined) {
    refuseUnread('its `seed` has', seed, seedKeys)
    if (typeof seed.value !== 'function')
      throw new TypeError('its `seed` has no `value`: how is a token made of an id?')
    if (seed.feed !== undefined) checkFeed(seed.feed)
  }
  if (typeof cron !== 'object' || cron === null)
    throw new TypeError('its `cron` is no object of seeds, such as { nightly: { at, value } }.')
  for (const [name, each] of Object.entries(cron)) slotsOfSeed(name, each)
  checkUpkeep(upkeep)
  if (serve !== undefined) checkAddress(serve)
}

function checkStates({ input, output }: Partial<StatePipeline>): void {
  if (isStates(input) && isStates(output)) return
  throw new TypeError('its workflow takes and returns plain values, not states: lift it with wrapped().')
}

function checkAddress(serve: Address): void {
  refuseUnread('its `serve` has', serve, addressKeys)
  const { port = 0 } = serve
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return
  throw new TypeError(`the port in its \`serve\` is ${sayPort(port)}; it is a whole number from 0 to 65535.`)
}

// A port from the environment is text that looks like a number.
function sayPort(port: unknown): string {
  return typeof port === 'string' ? `the text ${JSON.stringify(port)}` : String(port)
}
