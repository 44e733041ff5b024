// Metrics as embedded metric format: one line of JSON in the log, which CloudWatch counts. A metric costs nothing while nobody
// writes it, and no request is made (AWS: CloudWatch embedded metric format specification).
import type { FateCounts } from '../core/fates.ts'
import { METRIC } from '../names.ts'

/** Writes a line as it is; console.log would have Lambda wrap it into another. */
type Write = (line: string) => unknown

const toStdout: Write = (line) => process.stdout.write(line)

type Dimension = Record<string, string>

const ofFunction = (): Dimension => ({ FunctionName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? '' })

/** Counts something, in one dimension: the function that this process is, unless another is named. */
export const count = (
  metric: string,
  value: number,
  dimension: Dimension = ofFunction(),
  write: Write = toStdout,
): void => countAll({ [metric]: value }, dimension, write)

/** Events that came late, wait or were ignored, in one line. */
export const tallyFates = ({ late, held, ignored }: FateCounts, write: Write = toStdout): void =>
  countAll(
    { [METRIC.late]: late, [METRIC.held]: held, [METRIC.ignored]: ignored },
    ofFunction(),
    write,
  )

function countAll(values: Record<string, number>, dimension: Dimension, write: Write): void {
  const line = {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: METRIC.namespace,
          Dimensions: [Object.keys(dimension)],
          Metrics: Object.keys(values).map((name) => ({ Name: name, Unit: 'Count' })),
        },
      ],
    },
    ...dimension,
    ...values,
  }
  write(`${JSON.stringify(line)}\n`)
}
