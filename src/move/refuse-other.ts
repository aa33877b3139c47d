import { BackendError } from '../queue/errors.ts'

/** Throws where a state is not the one that a step begins from. `step` is what cannot be done: "be closed". */
export function refuseOther(where: string, step: string): never {
  throw new BackendError(
    `${where} is not as this move has left it, so it cannot ${step}: another process moves it, or has cancelled the move. Nothing was changed.`,
  )
}
