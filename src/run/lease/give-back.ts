import { release } from '../../queue/plan.ts'
import type { Runtime } from '../runtime.ts'

/**
 * Gives back, uncharged, every lease that this process holds. Work on them may still run; its results are refused.
 * Never rejects: a lease that cannot be given back runs out.
 */
export async function giveBack({ backend, keeper }: Pick<Runtime, 'backend' | 'keeper'>): Promise<void> {
  await Promise.allSettled(keeper.fences().map((fence) => backend.commit([release(fence)])))
}
