import type { Runtime } from './runtime.ts'

/**
 * Gives back, uncharged, every lease that this process holds. Work on them may still run; its results are refused.
 * Never rejects: a lease that cannot be given back runs out.
 */
export async function giveBack({ backend, keeper }: Pick<Runtime, 'backend' | 'keeper'>): Promise<void> {
  const given = keeper
    .fences()
    .map((fence) => backend.commit([{ kind: 'postpone', ...fence, delayMs: 0, charge: false }]))
  await Promise.allSettled(given)
}
