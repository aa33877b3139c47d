/** SIGHUP, which would end this process if nothing listened. */
export interface ReloadSignal {
  /** Sets what is done when it comes, and does it at once if it has come before. */
  readonly onAsked: (act: () => void) => void
  /** Lets it do again what it does by default. */
  readonly dispose: () => void
}

/** Listens for SIGHUP. */
export function reloadSignal(): ReloadSignal {
  let isAsked = false
  let act = () => {
    isAsked = true
  }
  const listener = () => act()
  process.on('SIGHUP', listener)
  return {
    onAsked(then) {
      act = then
      if (isAsked) then()
    },
    dispose: () => void process.off('SIGHUP', listener),
  }
}
