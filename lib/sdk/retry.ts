// How long to wait before a function is called again. Options and meaning are those of Prefect's tasks.

/** Seconds before each retry: one number for all, one for each (the last stands for the rest), or a function of how many there may be. */
export type RetryDelay = number | readonly number[] | ((retries: number) => readonly number[])

export interface RetryOptions {
  /** How often a failed function is called again. @default 0 */
  retries?: number
  /** @default 0 */
  retryDelaySeconds?: RetryDelay
  /**
   * Waits grow by chance, by up to this share, so that what failed together does not come back together.
   * @default 0
   */
  retryJitterFactor?: number
}

/** Waits that double: `exponentialBackoff(10)` is 10, 20, 40 … seconds. */
export const exponentialBackoff =
  (firstSeconds: number) =>
  (retries: number): number[] =>
    Array.from({ length: retries }, (_, i) => firstSeconds * 2 ** i)

/** Seconds to wait before a retry, the first of which is number 1; `chance` is between 0 and 1. */
export function delayBefore(
  retry: number,
  { retries = 0, retryDelaySeconds = 0, retryJitterFactor = 0 }: RetryOptions,
  chance: number,
): number {
  const delays =
    typeof retryDelaySeconds === 'function'
      ? retryDelaySeconds(retries)
      : [retryDelaySeconds].flat()
  const delay = delays[Math.min(retry, delays.length) - 1] ?? 0
  return delay * (1 + retryJitterFactor * chance)
}
