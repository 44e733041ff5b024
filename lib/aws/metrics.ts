// Metrics as embedded metric format: one line of JSON in the log, which CloudWatch counts. A metric costs nothing while nobody
// writes it, and no request is made (AWS: CloudWatch embedded metric format specification).
import { METRIC } from '../names.ts'

/** Writes a line as it is; console.log would have Lambda wrap it into another. */
type Write = (line: string) => unknown

const toStdout: Write = (line) => process.stdout.write(line)

/** Counts something, in one dimension: the function that this process is, unless another is named. */
export function count(
  metric: string,
  value: number,
  dimension: Record<string, string> = { FunctionName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? '' },
  write: Write = toStdout,
): void {
  const line = {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: METRIC.namespace,
          Dimensions: [Object.keys(dimension)],
          Metrics: [{ Name: metric, Unit: 'Count' }],
        },
      ],
    },
    ...dimension,
    [metric]: value,
  }
  write(`${JSON.stringify(line)}\n`)
}
