const workflowName = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/

/** Why `name` cannot name a workflow, in a sentence; undefined if it can. */
export function nameFault(name: string): string | undefined {
  if (workflowName.test(name)) return undefined
  return `"${name}" cannot name a workflow: take a letter, then up to 62 letters, digits, "_" or "-".`
}
