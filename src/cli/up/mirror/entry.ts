import { createHash } from 'node:crypto'
import type { Seed } from '../../../app/define-app.ts'
import { sayError } from '../../../app/say-error.ts'
import { isPipewrightError } from '../../../queue/errors.ts'
import { sentence } from '../../../queue/sentence.ts'
import type { WriteQueue } from '../../../queue/write-queue.ts'
import { userName } from '../../user-name.ts'
import type { Drop } from './drops.mjs'
import { idOfName } from './names.mjs'

/** How tokens enter. */
export interface EntryParts {
  readonly input: WriteQueue<any>
  /** What completes a file that names no state, if the app has that. */
  readonly seed: Seed<any> | undefined
}

/** What has become of a file: its token has entered, or it is refused for a reason. */
export interface Entered {
  readonly id: string
  readonly reason?: string | undefined
  /** Whether it had entered before, from the same file. */
  readonly repeated?: boolean | undefined
}

// So long after a crash a file is known for the one that has entered.
const rememberedMs = 7 * 24 * 3_600_000

/** Lets the token of a file enter. Rejects only if the database cannot take it now. */
export async function enter({ input, seed }: EntryParts, { name, text }: Drop): Promise<Entered> {
  const id = idOfName(name)
  const key = createHash('sha256').update(`${id}\n${text}`).digest('hex')
  try {
    const content: object = JSON.parse(text)
    const value = 'tag' in content ? content : { ...(await completed(seed, id)), ...content }
    const { entered } = await input.push(id, value, {
      by: userName(),
      once: { key: `mirror/${key}`, forMs: rememberedMs },
    })
    return { id, repeated: !entered }
  } catch (error) {
    const code = isPipewrightError(error) ? error.code : undefined
    if (code === 'backend') throw error
    if (code === 'conflict') return { id, reason: `Token "${id}" is known already; nothing was changed.` }
    return { id, reason: sentence(sayError(error)) }
  }
}

async function completed(seed: Seed<any> | undefined, id: string): Promise<object> {
  if (!seed) throw new Error('It has no "tag", and the app has no `seed` that would complete it.')
  return seed.value(id)
}
