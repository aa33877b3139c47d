import { figure } from '../figures.ts'

/** How soon work has to go on when its trouble is over. */
export const reliefMs = 10_000

/** Records how long it took `what` to go on, and fails if that was too long. */
export function tellRelief(what: string, tookMs: number): void {
  figure(what, 'goes on within 10 s of relief', `${(tookMs / 1000).toFixed(1)} s`, tookMs < reliefMs)
}
