import type { ClientBase } from 'pg'
import type { Standing } from '../../../move/house.ts'
import { closedBy, type HouseCells, standingFrom } from '../../../move/house-cells.ts'
import { sayFilling } from '../../../move/say.ts'
import { BackendError } from '../../../queue/errors.ts'
import type { Session } from '../server/database.ts'
import { qualify } from '../server/qualify.ts'

const select = 'select state, move, partner, sentence from pw_house'

/** How a schema that has our tables stands to moves. */
export async function standingOf(client: ClientBase, schema: string): Promise<Standing> {
  const { rows } = await client.query<HouseCells>(qualify(schema, select))
  return standingFrom(rows[0])
}

/** Rejects with a `BackendError` if a schema that has our tables is being filled. */
export async function refuseFilling(client: ClientBase, schema: string, where: string): Promise<void> {
  const found = await standingOf(client, schema)
  if (found.is === 'filling') throw new BackendError(sayFilling(where, found.partner))
}

/** Rejects with a `BackendError` that has the reason if nothing may be written there any more. */
export async function refuseClosed(rows: Session['rows']): Promise<void> {
  const sentence = closedBy((await rows<HouseCells>(select))[0])
  if (sentence !== undefined) throw new BackendError(sentence)
}
