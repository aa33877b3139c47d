import { isOf } from '../queue/thrown.mjs'
import { abandon } from '../run/hand/abandon.ts'
import { inRun } from '../run/hand/current-run.ts'
import type { Reader } from '../run/hand/reader.ts'
import { Runs } from '../run/hand/runs.ts'
import { isPromised } from '../schema/schema.ts'
import type { Ends } from './make-ends.ts'

/** The reader and ends of one stage. */
interface Parts {
  readonly ends: Ends<any, any>
  readonly reader: Reader<any, any>
}

interface Answering extends Parts {
  readonly runs: Runs
}

type Apply = (run: (...args: any[]) => unknown, self: unknown, args: any[]) => unknown

/**
 * `artifact`, which, if it is a function that is run with a signal and rejects, first answers what `reader` has in hand.
 * If it runs more than once at a time, messages in hand may be another run's, so the last run to end answers them. Of an
 * object or a list of such functions, however deep, each answers what it has read itself. All else stays as it is.
 */
export function answering<Artifact>(artifact: Artifact, { ends, reader }: Parts): Artifact {
  const parts = { ends, reader, runs: new Runs(reader.grace, reader.upkeep) }
  if (typeof artifact === 'function') return new Proxy(artifact, { apply: answer(parts, 'all') as never })
  return isTree(artifact) ? answerEach(artifact, parts) : artifact
}

/** `tree`, with each function wrapped when it is read: the loops still share the state that they keep in it. */
function answerEach<Tree extends object>(tree: Tree, parts: Answering): Tree {
  const { input, output } = parts.ends
  const apply = answer(parts, 'its own')
  const made = new Map<unknown, unknown>()
  // A proxy must not return other functions than a frozen target has.
  const target = Object.isFrozen(tree) ? (Array.isArray(tree) ? [...tree] : { ...tree }) : tree
  return new Proxy(target as Tree, {
    get(from, name, self) {
      const found: unknown = Reflect.get(from, name, self)
      if (found === input || found === output || !Object.hasOwn(from, name)) return found
      if (typeof found !== 'function' && !isTree(found)) return found
      if (!made.has(found))
        made.set(found, typeof found === 'function' ? new Proxy(found, { apply }) : answerEach(found, parts))
      return made.get(found)
    },
  })
}

/** Runs a loop; if it rejects it answers all that is in hand, or what it has read itself. */
function answer({ reader, runs }: Answering, which: 'all' | 'its own'): Apply {
  return (loop, self, args) => {
    const [signal] = args
    const begin = (): unknown => Reflect.apply(loop, self, args)
    if (!isOf(signal, 'AbortSignal')) return begin()
    const run = which === 'its own' ? {} : undefined
    const result = run ? inRun(run, begin) : begin()
    return isPromised(result) ? watch(Promise.resolve(result), { run, signal }) : result
  }

  async function watch(
    result: Promise<unknown>,
    { run, signal }: { readonly run: object | undefined; readonly signal: AbortSignal },
  ): Promise<unknown> {
    const end = runs.begin(signal)
    try {
      return await result
    } catch (error) {
      if (run !== undefined || runs.count === 1)
        await abandon(reader, error, { run, isStopped: signal.aborted })
      throw error
    } finally {
      end()
    }
  }
}

function isTree(artifact: unknown): artifact is object {
  if (typeof artifact !== 'object' || artifact === null) return false
  return Array.isArray(artifact) || Object.getPrototypeOf(artifact) === Object.prototype
}
