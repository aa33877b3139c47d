import type { Admission } from '../admission.ts'
import { onAbort } from '../on-abort.ts'
import type { Grace } from '../settle/grace.ts'

/** The loops by hand that run at a stage. Their grace begins when all of them were asked to stop. */
export class Runs {
  readonly #grace: Grace
  readonly #admission: Admission
  #running = 0
  #stopped = 0

  constructor(grace: Grace, admission: Admission) {
    this.#grace = grace
    this.#admission = admission
  }

  /** How many run. */
  get count(): number {
    return this.#running
  }

  /** Records that a loop begins, which `signal` asks to stop; call the function returned when it has ended. */
  begin(signal: AbortSignal): () => void {
    this.#running++
    this.#grace.callOff()
    const endAdmission = this.#admission.begin()
    let isStopped = false
    const stopListening = onAbort(signal, () => {
      isStopped = true
      endAdmission()
      this.#stopped++
      this.#review()
    })
    return () => {
      stopListening()
      endAdmission()
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
