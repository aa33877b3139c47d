/**
 * A date of GRIN, `2024/05/06 07:08` or with `-`, as `2024-05-06T07:08`: the time of a clock at Google, whose zone is told nowhere.
 * Undefined where there is none.
 */
export function readDate(text: string | undefined): string | undefined {
  const [, year, month, day, time] = text?.trim().match(/^(\d{4})[/-](\d\d)[/-](\d\d)(?: (\d\d:\d\d))?/) ?? []
  return year === undefined ? undefined : `${year}-${month}-${day}T${time ?? '00:00'}`
}
