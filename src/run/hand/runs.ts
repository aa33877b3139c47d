import { onAbort } from '../on-abort.ts'
import type { Grace } from '../settle/grace.ts'
import type { Upkeep } from '../upkeep.ts'

/** The loops by hand that run at a stage. Their grace begins when all of them were asked to stop. */
export class Runs {
  readonly #grace: Grace
  readonly #upkeep: Upkeep
  #running = 0
  #stopped = 0

  constructor(grace: Grace, upkeep: Upkeep) {
    this.#grace = grace
    this.#upkeep = upkeep
  }

  /** How many run. */
  get count(): number {
    return this.#running
  }

  /** Records that a loop begins, which `signal` asks to stop; call the function returned when it has ended. */
  begin(signal: AbortSignal): () => void {
    this.#running++
    this.#grace.callOff()
    const endUpkeep = this.#upkeep.begin()
    let isStopped = false
    const stopListening = onAbort(signal, () => {
      isStopped = true
      endUpkeep()
      this.#stopped++
      this.#review()
    })
    return () => {
      stopListening()
      endUpkeep()
      this.#running--
      if (isStopped) this.#stopped--
      this.#review()
    }
  }

  #review(): void {
    if (this.#running === 0) this.#grace.callOff()
    else if (this.#stopped === this.#running) this.#grace.begin()
  }
}
