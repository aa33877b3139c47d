/** How the ids of surveys begin; no barcode does. */
const beginning = 'survey@'

/** The id of a survey for a time. */
export function surveyId(at: string): string {
  return beginning + at
}

/** The time for which the survey `id` is; undefined for the id of a book. */
export function surveyTime(id: string): string | undefined {
  return id.startsWith(beginning) ? id.slice(beginning.length) : undefined
}
