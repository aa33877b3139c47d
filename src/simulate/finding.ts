/** What a run has found, as a sentence; whoever started the run adds how to find it again. */
export class Finding extends Error {}
