import type { GateRecord } from '../../../queue/rules/gate-record.ts'
import { cleanText } from './clean-text.ts'

/** The cells of a gate, as a document has them. */
export function gateCells({ ref, declared, own, state }: GateRecord) {
  const { closed, held, tat, paidAt, failures, brokenUntil } = state
  return {
    ...{ ref, held, tat, failures },
    declared: declared && JSON.stringify(declared),
    own: own.limit === undefined && own.rate === undefined ? undefined : JSON.stringify(own),
    closed: closed !== undefined,
    ...{ actor: cleanText(closed?.actor), reason: cleanText(closed?.reason), until: closed?.until },
    paid_at: Math.floor(paidAt),
    broken_until: brokenUntil === undefined ? undefined : Math.ceil(brokenUntil),
  }
}
