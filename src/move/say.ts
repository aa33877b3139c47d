/** The command by which all of this is done. */
const command = '`pipewright move-to`'

/** What is said to writers of a source that is being moved. */
export function sayMoving(where: string, partner: string): string {
  return `The queues in ${where} are being moved to ${partner} by ${command}, and nothing can be written to them until that is over; then use ${partner}. If it was given up, \`pipewright move-to ${partner} --cancel\` opens them again.`
}

/** What is said to writers of a source that was moved. */
export function sayMoved(where: string, partner: string): string {
  return `The queues in ${where} were moved to ${partner} by ${command}, and nothing is written to them any more; name ${partner} as the database, and start again.`
}

/** What is said to all who would open a target that is being filled. */
export function sayFilling(where: string, partner: string): string {
  return `The database ${where} is being filled with the queues of ${partner} by ${command}; it opens when that is over. If it was stopped, run it again, or cancel it with --cancel.`
}
