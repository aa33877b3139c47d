import { basename } from 'node:path'

/** `CODE: description, syscall 'path' -> 'path'`, as Node says what the system refused. */
const systemError = /^([A-Z][A-Z0-9_]*): (.+?), (\w+)(?: '(.*?)')?(?: -> '(.*?)')?$/s

/** What the system refused in a sentence without the folders of this machine; any other message as it is. */
export function plainMessage(message: string): string {
  const [, code, description, action, path, target] = systemError.exec(message) ?? []
  if (code === undefined) return message
  const of = path ? ` of ${basename(path)}` : ''
  const to = target ? ` to ${basename(target)}` : ''
  return `The ${action}${of}${to} failed: ${description} (${code}).`
}
