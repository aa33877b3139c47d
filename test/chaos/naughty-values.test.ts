import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import fastify from 'fastify'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { http } from '../../src/backends/http.ts'
import { memory } from '../../src/backends/memory.ts'
import { type SqliteBackend, sqlite } from '../../src/backends/sqlite/index.ts'
import { type Backend, type Json, makeQueues, maxValueBytes, type Schema, worker } from '../../src/index.ts'
import { cancel } from '../../src/run/desk/cancel.ts'
import { serveBackend } from '../../src/serve/serve-backend.ts'

// Every JSON value goes in, over a hop, and out again as it was, or is refused when it is pushed: the same by each
// backend. How each protection was taken out once, in a copy, to see this fail:
// - the check of the depth in `check-value.ts`: memory takes what SQLite refuses;
// - `isSound` there made to say yes: Infinity comes back as null;
// - `\p{Cs}` left out of `check-reason.ts` and `person.ts`: SQLite returns another text than memory.

// Its processes and files share the machine with other tests.
vi.setConfig({ testTimeout: 60_000 })

const numRuns = process.env['CHAOS'] === 'long' ? 1000 : 15
const timeout = process.env['CHAOS'] === 'long' ? 900_000 : 60_000

/** One backend with a workflow that passes everything on, and a worker at work. */
interface Rig {
  readonly backend: Backend
  readonly input: {
    push: (id: string, value: Json, options?: { by?: string; delayMs?: number }) => Promise<unknown>
  }
  /** The next token that comes out, taken out of its queue. */
  readonly next: () => Promise<{ id: string; value: Json }>
  readonly close: () => Promise<void>
}

// It returns the very value: other schemas make copies.
const anything: Schema<Json, Json> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as Json }) },
}

async function openRig(backend: Backend): Promise<Rig> {
  const same = worker({ input: anything, output: anything, concurrency: 4, process: (value) => value })
  const { input, output, artifacts } = await makeQueues(same, backend, 'odd')
  const stop = new AbortController()
  const ended = artifacts()(stop.signal)
  return {
    backend,
    input,
    async next() {
      const { id, value } = await output.read(AbortSignal.timeout(10_000))
      await output.pop(id)
      return { id, value }
    },
    async close() {
      stop.abort()
      await ended
      await backend.close()
    },
  }
}

const folder = mkdtempSync(join(tmpdir(), 'pipewright-naughty-'))
const rigs: Rig[] = []
let file: SqliteBackend
const server = fastify({ forceCloseConnections: true })

beforeAll(async () => {
  await server.register(serveBackend(memory()))
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  file = await sqlite(join(folder, 'queues.db'))
  for (const backend of [memory(), file, http(url)]) rigs.push(await openRig(backend))
})
afterAll(async () => {
  for (const { close } of rigs) await close()
  await server.close()
  rmSync(folder, { recursive: true })
})

let last = 0

/** What every backend makes of `ask`, as text: its answer, or how it was refused. Fails where they differ. */
async function alike(ask: (rig: Rig) => Promise<unknown>): Promise<string | undefined> {
  const answers = await Promise.all(
    rigs.map((rig) =>
      ask(rig).then(
        // As text: an assertion on the objects would not see a key that is called __proto__.
        (answer) => JSON.stringify(answer),
        (error: Error & { code?: string }) => `refused as ${error.code ?? error.stack}`,
      ),
    ),
  )
  expect(
    new Set(answers).size,
    `memory, SQLite and HTTP answered ${answers.map((each) => each?.slice(0, 200)).join(' | ')}`,
  ).toBe(1)
  return answers[0]
}

/** What comes out when `values` go in at once, in their order. */
function travel(values: readonly Json[]): Promise<string | undefined> {
  const ids = values.map(() => `value-${++last}`)
  return alike(async ({ input, next }) => {
    await Promise.all(ids.map((id, n) => input.push(id, values[n]!)))
    const out = new Map<string, Json>()
    for (const _ of ids) {
      const { id, value } = await next()
      out.set(id, value)
    }
    return ids.map((id) => out.get(id))
  })
}

const refused = 'refused as invalid'

/** Any sequence of UTF-16 units, halves of pairs and NUL among them. */
const anyText = (maxLength: number) =>
  fc
    .array(
      fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0x22, 0x5c, 0x2028, 0xd800, 0xdfff)),
      { maxLength },
    )
    .map((units) => String.fromCharCode(...units))
const key = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'tag', 'toJSON', '', '0', 'length'),
  anyText(5),
)
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.constantFrom(-0, 5e-324, 1.7976931348623157e308),
)

function fromEntries(entries: readonly [string, Json][]): Exclude<Json, undefined> {
  const made = {}
  for (const [name, value] of entries)
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true })
  return made
}

const { json } = fc.letrec<Record<'json' | 'list' | 'object', Exclude<Json, undefined>>>((tie) => ({
  json: fc.oneof(
    { maxDepth: 6 },
    fc.constant(null),
    fc.boolean(),
    number,
    anyText(12),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('json'), { maxLength: 4 }),
  object: fc.array(fc.tuple(key, tie('json')), { maxLength: 4 }).map(fromEntries),
}))

it('any value comes back as it was, from every backend', { timeout }, async () => {
  const property = fc.asyncProperty(fc.array(json, { minLength: 1, maxLength: 12 }), async (values) => {
    expect(await travel(values)).toBe(JSON.stringify(values))
    expect(({} as { admin?: unknown }).admin).toBeUndefined()
  })
  await fc.assert(property, { numRuns })
})

const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as Json
const inObjects = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`) as Json

it.each<[string, Json, 'comes back' | 'is refused']>([
  ['minus zero', -0, 'comes back'],
  ['1e400', JSON.parse('[1e400]'), 'is refused'],
  ['NaN', { n: Number.NaN }, 'is refused'],
  ['a bigint', [1n as never], 'is refused'],
  ['a few levels', nested(500), 'comes back'],
  ['too many levels', nested(501), 'is refused'],
  ['too many levels of objects', inObjects(501), 'is refused'],
  ['ten thousand levels', nested(10_000), 'is refused'],
  ['an empty text', '', 'comes back'],
  ['an empty object', {}, 'comes back'],
  ['an empty key', { '': '' }, 'comes back'],
  ['halves of pairs', '\udc00\ud800', 'comes back'],
  ['NUL', { 'a\0': '\0' }, 'comes back'],
  ['text that ends a script', '</script>\u2028<!--', 'comes back'],
  [
    '__proto__',
    JSON.parse('{ "__proto__": { "admin": true }, "constructor": { "prototype": {} } }'),
    'comes back',
  ],
])('%s', async (_, value, end) => {
  expect(await travel([value])).toBe(end === 'is refused' ? refused : JSON.stringify([value]))
})

it.each(['x', 'é', '書', '😀', '\ud800', '\0', '"'])(
  'a text of %j may be a million bytes long as JSON, and not one more',
  async (letter) => {
    const each = Buffer.byteLength(JSON.stringify(letter)) - 2
    const room = maxValueBytes - 2
    const most = letter.repeat(Math.floor(room / each)) + 'x'.repeat(room % each)
    expect(Buffer.byteLength(JSON.stringify(most))).toBe(maxValueBytes)
    expect(await travel([most])).toBe(JSON.stringify([most]))
    expect(await travel([`${most}x`])).toBe(refused)
  },
)

it('any id is refused by all, or is the same everywhere it is shown', { timeout }, async () => {
  const text = fc.oneof(anyText(20), fc.string({ unit: 'binary', minLength: 1, maxLength: 270 }), key)
  const property = fc.asyncProperty(text, async (text) => {
    // The same text may be generated twice.
    const id = `${text}${++last}`
    const answer = await alike(async ({ backend, input, next }) => {
      await input.push(id, 'x')
      const out = await next()
      const journey = (await backend.journey('odd', id))!
      return [out.id, journey.id, journey.lines.map(({ event }) => event)]
    })
    if (answer === refused) return
    expect(answer).toBe(JSON.stringify([id, id, ['entered', 'moved', 'popped']]))
    const same = `id = cast(x'${Buffer.from(id).toString('hex')}' as text)`
    for (const view of ['history', 'tokens']) {
      const { rows } = await file.query(`select distinct id from ${view} where ${same}`)
      expect(rows).toEqual([[id]])
    }
  })
  await fc.assert(property, { numRuns })
})

it('any reason and any name of a person is refused by all, or is the same everywhere it is shown', {
  timeout,
}, async () => {
  const property = fc.asyncProperty(
    fc.oneof(anyText(4), fc.constant('a\nb')),
    fc.oneof(anyText(2), fc.constant('ann')),
    async (reason, by) => {
      const id = `cancelled-${++last}`
      const answer = await alike(async ({ backend, input }) => {
        await input.push(id, 'x', { delayMs: 1e9 })
        await cancel(backend, { workflow: 'odd', id, by, reason })
        return (await backend.journey('odd', id))!.lines.map(({ actor, reason }) => [actor, reason])
      })
      if (answer === refused) return
      expect(answer).toBe(
        JSON.stringify([
          [null, null],
          [by, reason],
        ]),
      )
      const { rows } = await file.query(
        `select actor, reason from history where id = '${id}' and hop = 1 and event = 'cancelled'`,
      )
      expect(rows).toEqual([[by, reason]])
    },
  )
  const examples: [string, string][] = [
    ['half a pair \ud800', 'ann'],
    ['\0', 'ann'],
  ]
  await fc.assert(property, { numRuns, examples })
  // Of what is random few are accepted.
  expect(await alike(({ input }) => input.push('by', 'x', { by: 'half \ud800' }))).toBe(refused)
})
