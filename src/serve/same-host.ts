/** Whether a page of `origin` has come from `host`. By host and port alone: a proxy before this server may speak https. */
export function isSameHost(origin: string, host: string): boolean {
  const page = urlOf(origin)
  return page !== undefined && page.host !== '' && page.host === urlOf(`${page.protocol}//${host}`)?.host
}

/** `text` as a URL, if it is one. */
export function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}
