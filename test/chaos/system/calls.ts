// What strace has written, one line for each system call, as in
//   4242 pwrite64(19</tmp/q.db-wal>, "\0\0\0\n"..., 4096, 32) = 4096
//   4242 fsync(19</tmp/q.db-wal>)          = -1 EIO (Input/output error) (INJECTED)
// A call that others interrupt is written in two lines, `<unfinished ...>` and `<... fsync resumed>`.

/** A system call on a file. */
export interface Call {
  readonly thread: string
  readonly name: string
  /** The file; empty if the call names none. */
  readonly path: string
  /** What was written, as much of it as strace keeps. */
  readonly data: Buffer
  /** The numbers after the file and the data: of a pwrite64 its length and its offset. */
  readonly numbers: readonly number[]
  /** Whether it did what was asked. */
  readonly ok: boolean
  /** The numbers of the lines with which it began and ended. */
  readonly began: number
  readonly ended: number
}

const whole = /^(\d+) +(\w+)\((.*)\) += (-?\d+|\?)/s
const begun = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/s
const resumed = /^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+|\?)/s

/** The calls in the text that strace wrote, in the order in which they ended. */
export function parseCalls(text: string): readonly Call[] {
  const open = new Map<string, { readonly at: number; readonly args: string }>()
  return text.split('\n').flatMap((line, at) => {
    const start = begun.exec(line)
    if (start) {
      open.set(start[1]!, { at, args: start[3]! })
      return []
    }
    const end = resumed.exec(line)
    if (end) {
      const [, thread, name, rest, result] = end
      const first = open.get(thread!)
      return [
        {
          ...parseArgs(`${first?.args ?? ''}${rest}`),
          ...common(thread!, name!, result!),
          began: first?.at ?? at,
          ended: at,
        },
      ]
    }
    const [, thread, name, args, result] = whole.exec(line) ?? []
    if (thread === undefined) return []
    return [{ ...parseArgs(args!), ...common(thread, name!, result!), began: at, ended: at }]
  })
}

function common(thread: string, name: string, result: string): Pick<Call, 'thread' | 'name' | 'ok'> {
  return { thread, name, ok: result !== '?' && Number(result) >= 0 }
}

const text = /"((?:[^"\\]|\\.)*)"(?:\.\.\.)?/g

function parseArgs(args: string): Pick<Call, 'path' | 'data' | 'numbers'> {
  const strings = [...args.matchAll(text)].map(([, inner]) => bytesOf(inner!))
  const path = /^\d+<([^>]*)>/.exec(args)?.[1] ?? strings[0]?.toString() ?? ''
  const numbers =
    args
      .replace(text, '')
      .replace(/^\d+(<[^>]*>)?/, '')
      .match(/-?\d+/g) ?? []
  return { path, data: Buffer.concat(strings), numbers: numbers.map(Number) }
}

const named: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, v: 11, f: 12, '"': 34, '\\': 92 }

/** The bytes of a string in the manner of C. */
function bytesOf(inner: string): Buffer {
  const plain = inner.replace(/\\([0-7]{1,3}|.)/gs, (_, code: string) =>
    String.fromCharCode(named[code] ?? Number.parseInt(code, 8)),
  )
  return Buffer.from(plain, 'latin1')
}
