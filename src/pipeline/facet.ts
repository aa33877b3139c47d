/** The facts by which a message is found and counted; what is no text or number counts as absent. */
export type Facets = Readonly<Record<string, string | number | null | undefined>>
