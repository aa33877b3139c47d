import { join } from 'node:path'
import type { Call } from './calls.ts'
import { Disk } from './disk.ts'
import { answersIn, contradictions, isAnswer } from './verdict.ts'

const failuresLookedAt = 3
const answersBetween = 25

/**
 * Goes through all that processes have done to `database`, and cuts the power now and then: after the first failures,
 * after some of the answers, and at the end. Returns what is wrong in what would be found then; uses `folder`.
 */
export async function cutThePower(
  calls: readonly Call[],
  { database, folder, seed }: { readonly database: string; readonly folder: string; readonly seed: number },
): Promise<readonly string[]> {
  const disk = new Disk((path) => path.startsWith(database) && !path.endsWith('-shm'))
  const failures = calls.filter(({ ok, path }) => !ok && path.startsWith(database))
  const answers = calls.filter(isAnswer).filter((_, n) => n % answersBetween === seed % answersBetween)
  const moments = new Set([...failures.slice(0, failuresLookedAt), ...answers, calls.at(-1)])
  const faults: string[] = []
  for (const [n, call] of calls.entries()) {
    disk.apply(call)
    if (!moments.has(call)) continue
    const cut = join(folder, `cut-${n}`)
    disk.restore(cut)
    const wrong = await contradictions(join(cut, 'queues.db'), answersIn(calls.slice(0, n + 1)))
    faults.push(...wrong.map((fault) => `without power after call ${n}, ${fault}`))
  }
  return faults
}
