import type { IsolatedContext } from 'pipewright'

export default async (n: number, { config }: IsolatedContext<{ by: number }>): Promise<number> =>
  n * config.by
