import type { RunAction, RunState } from './run-state.ts'

const mostCharacters = 4000

/** What a run has done, in a sentence: `retry where status:dead: 4,960 done, 40 refused. A new key.` */
export function sayRun({ does, where, counts, reason }: RunState): string {
  const { done, refused, held, passedOver } = counts
  const left = [
    ...(refused > 0 ? [`${said(refused)} refused`] : []),
    ...(held > 0 ? [`${said(held)} held by others`] : []),
    ...(passedOver > 0 ? [`${said(passedOver)} had moved on`] : []),
  ]
  const sentence = `${sayAction(does)}${sayWhere(where)}: ${[`${said(done)} done`, ...left].join(', ')}. ${reason}`
  return sentence.slice(0, mostCharacters)
}

/** What a run does: `retry`, `move to books/decrypt`. */
function sayAction(does: RunAction): string {
  switch (does.action) {
    case 'move':
      return `move to ${does.to}`
    case 'edit':
      return `edit ${Object.entries(does.set)
        .map(([path, value]) => `${path}=${JSON.stringify(value)}`)
        .join(' ')}`
    case 'undo':
      return `undo ${does.of} (${does.what})`
    default:
      return does.action
  }
}

function sayWhere(where: string): string {
  return where === '' ? '' : ` where ${where}`
}

function said(count: number): string {
  return count.toLocaleString('en')
}
