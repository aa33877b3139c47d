import type { PlainHop } from './plain-hop.ts'
import type { PlainLease } from './plain-lease.ts'
import type { PlainPush } from './plain-push.ts'

/** What one statement does. */
export interface PlainWork {
  /** In the order of their tokens. */
  readonly hops: readonly PlainHop[]
  /** The tokens that enter. */
  readonly entries: readonly PlainPush[]
  readonly leases: readonly PlainLease[]
}
