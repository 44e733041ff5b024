// The log on Lambda. Functions are deployed with Lambda's JSON log format, which turns an object into one line with level, time
// and request id, and drops levels below the function's: no library is needed for that.
import type { Log } from '../core/ports.ts'

export const lambdaLog: Log = {
  info: (fact, details) => console.info({ fact, ...details }),
  warn: (fact, details) => console.warn({ fact, ...details }),
  error: (fact, details) => console.error({ fact, ...details }),
}
