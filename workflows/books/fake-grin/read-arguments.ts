import { parseArgs } from 'node:util'
import type { FakeGrinOptions } from './fake-grin-options.ts'
import type { FaultRule } from './faults/fault.ts'

const dayMs = 86_400_000

/** What the command line takes; `npm run grin -- --help` prints it. */
export const usage = `Serves a fake GRIN on 127.0.0.1, until it is stopped.

  --port N               4720 unless told; 0 takes a free one
  --seed TEXT            all that looks like chance comes from it
  --directory NAME       the name of the library in URLs, PRNC unless told
  --books N              made books, 100 unless told
  --pages N              of each of them, 12 unless told
  --bytes N              about how many bytes the archive of each has
  --no-sample            without the books of the sample
  --converted N          books that are converted at the start, from the first one; 10 unless told
  --conversion-days N    how long a conversion takes, 7 to 14 unless told
  --queue-limit N        books that can be in process, 50000 unless told
  --no-ranges            archives only as a whole
  --auth                 requests need a login
  --token-minutes N      how long a login is good for, 60 unless told
  --manual-clock         a clock that only the admin API moves
  --fault JSON           may come again; {"fault": "http-500", "chance": 0.1}
`

/** The options that the arguments of a command line tell; `help` when they ask for it. Throws an \`Error\` that says which of them is none. */
export function readArguments(args: readonly string[]): FakeGrinOptions | 'help' {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: text,
      seed: text,
      directory: text,
      books: text,
      pages: text,
      bytes: text,
      converted: text,
      'conversion-days': text,
      'queue-limit': text,
      'token-minutes': text,
      'no-sample': flag,
      'no-ranges': flag,
      auth: flag,
      'manual-clock': flag,
      fault: { type: 'string', multiple: true, default: [] as string[] },
      help: flag,
    },
  })
  if (values.help) return 'help'
  const number = (
    name: 'port' | 'books' | 'pages' | 'bytes' | 'converted' | 'queue-limit',
    otherwise: number,
  ) => numberOf(name, values[name], otherwise)
  const days = values['conversion-days']
  return {
    ...(values.seed !== undefined && { seed: values.seed }),
    ...(values.directory !== undefined && { directory: values.directory }),
    port: number('port', 4720),
    books: {
      sample: !values['no-sample'],
      made: { count: number('books', 100), pages: number('pages', 12), bytes: number('bytes', 0) },
      converted: number('converted', 10),
    },
    ...(days !== undefined && { conversionMs: numberOf('conversion-days', days, 0) * dayMs }),
    queueLimit: number('queue-limit', 50_000),
    hasRanges: !values['no-ranges'],
    ...(values.auth && {
      auth: { tokenMs: numberOf('token-minutes', values['token-minutes'], 60) * 60_000 },
    }),
    clock: values['manual-clock'] ? 'manual' : 'real',
    faults: values.fault.map(faultOf),
  }
}

function numberOf(name: string, told: string | undefined, otherwise: number): number {
  if (told === undefined) return otherwise
  const number = Number(told)
  if (told.trim() !== '' && number >= 0 && Number.isFinite(number)) return number
  throw new Error(`--${name} takes a number, not "${told}".`)
}

function faultOf(text: string): FaultRule {
  try {
    return JSON.parse(text) as FaultRule
  } catch (cause) {
    throw new Error(`--fault takes JSON, as {"fault": "http-500", "chance": 0.1}, not "${text}".`, { cause })
  }
}
