import { createInterface } from 'node:readline'
import { fileOf } from '../../app/database/database-of.ts'
import { InvalidError, NotFoundError } from '../../queue/errors.ts'
import { Running, type RunningFacts, Steered } from '../../serve/steering/shapes.ts'
import type { Steerable } from '../../serve/steering/steer.ts'
import { aborted } from '../supervise/work.ts'
import { type FoundUp, findUpIn, UpRefusal } from './ask.ts'
import { homeOf } from './home.ts'

/**
 * The `up` with the file `config` that has started this process for `app`, steered through its socket. What ends this process too is not
 * waited for once `ending` has aborted.
 */
export function remoteUp(app: { readonly backend: object }, config: string, ending: AbortSignal): Steerable {
  const home = homeOf(fileOf(app.backend), config)
  const find = () => findUpIn(home, () => new NotFoundError('`pipewright up` is not there any more.'))
  const steer = async (path: string, body?: object): Promise<readonly string[]> => {
    const steered = asked(find().ask('POST', path, body)).then((answer) => Steered.parse(answer).faults)
    return Promise.race([steered, aborted(ending).then(() => [])])
  }
  return {
    look: async (): Promise<RunningFacts> => Running.parse(await asked(find().ask('GET', '/'))),
    steer: (verb, groups) => steer(`/${verb}`, groups ? { groups } : {}),
    scale: (group, processes) => steer('/scale', { group, processes }),
    reload: () => steer('/reload'),
    down: async () => void (await asked(find().ask('POST', '/down'))),
    lines: (which) => linesOf(find(), which),
  }
}

async function* linesOf(
  up: FoundUp,
  { group, last, signal }: Parameters<Steerable['lines']>[0],
): AsyncGenerator<string, void> {
  const query = new URLSearchParams({
    lines: `${last}`,
    follow: `${signal !== undefined}`,
    ...(group !== undefined && { group }),
  })
  const answer = await up.stream(`/logs?${query}`, signal ?? new AbortController().signal)
  try {
    yield* createInterface({ input: answer })
  } catch (error) {
    if (!signal?.aborted) throw error
  }
}

/** The errors that its API has for them. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof UpRefusal)) throw error
    throw error.reason === 'not_found' ? new NotFoundError(error.message) : new InvalidError(error.message)
  }
}
