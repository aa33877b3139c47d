/** What a run has found, as a sentence; the caller of the run adds how to find it again. */
export class Finding extends Error {}
