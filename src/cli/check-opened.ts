import type { Address, Opened, Seed } from './define-app.ts'
import { didYouMean } from './did-you-mean.ts'

const openedKeys = keysOf<Opened>({
  workflow: true,
  backend: true,
  context: true,
  idOf: true,
  seed: true,
  log: true,
  serve: true,
  close: true,
})
const addressKeys = keysOf<Address>({ host: true, port: true, token: true, hosts: true, origins: true })
const seedKeys = keysOf<Seed<any>>({ value: true, all: true, sample: true })

/** Throws a sentence unless `opened` is what the `open` of an app has to return: compilers are not always asked. */
export function checkOpened(opened: unknown): asserts opened is Opened {
  if (typeof opened !== 'object' || opened === null) {
    throw new TypeError('its `open` returns nothing; it has to return { workflow, backend }.')
  }
  refuseOthers('`open` returns', opened, openedKeys)
  const { workflow, backend, seed, serve } = opened as Partial<Opened>
  if (typeof (workflow as { connect?: unknown } | undefined)?.connect !== 'function') {
    throw new TypeError('its `open` returns no workflow.')
  }
  if (typeof backend !== 'function' && typeof backend !== 'object') {
    throw new TypeError('its `open` returns no backend, such as () => sqlite(FILE).')
  }
  if (seed !== undefined) {
    refuseOthers('its `seed` has', seed, seedKeys)
    if (typeof seed.value !== 'function')
      throw new TypeError('its `seed` has no `value`: how is a token made of an id?')
  }
  if (serve !== undefined) checkAddress(serve)
}

function checkAddress(serve: Address): void {
  refuseOthers('its `serve` has', serve, addressKeys)
  const { port = 0 } = serve
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return
  throw new TypeError(`the port in its \`serve\` is ${port}; it is a whole number from 0 to 65535.`)
}

function refuseOthers(where: string, given: object, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`${where} ${String(given)}, which is no object.`)
  const unknown = Object.keys(given).find((key) => !known.includes(key))
  if (unknown === undefined) return
  throw new TypeError(`${where} "${unknown}", which nothing reads.${didYouMean(unknown, known)}`)
}

// A record, for the compiler to say when a key is added and not named here.
function keysOf<T>(keys: { readonly [K in keyof Required<T>]: true }): readonly string[] {
  return Object.keys(keys)
}
