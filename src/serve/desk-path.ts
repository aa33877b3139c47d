/**
 * Desks of nested pipelines have names with slashes, and a route each: `/reviews/gate/0/tasks`. A client may also encode the
 * name as one segment, as `gate%2F0`; this returns `url` with slashes then.
 */
export function plainDeskPath(url: string): string {
  const [, desk, rest] =
    /^\/reviews\/([^?]*?)(\/(?:tasks(?:[/?].*)?|(?:count|facets)(?:\?.*)?))$/.exec(url) ?? []
  return desk && rest ? `/reviews/${desk.replace(/%2f/gi, '/')}${rest}` : url
}
