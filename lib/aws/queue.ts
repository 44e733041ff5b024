// A batch of SQS messages, each for itself: unlike stream records they have no order, so one that fails holds up no other and
// comes again alone, until the queue's redrive policy makes it a dead letter.
import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import type { Log } from '../core/ports.ts'

export type QueueHandler = (event: SQSEvent) => Promise<SQSBatchResponse>

export const queueHandler =
  (take: (message: SQSRecord) => Promise<void>, log: Log): QueueHandler =>
  async ({ Records }) => {
    const batchItemFailures: SQSBatchItemFailure[] = []
    await Promise.all(
      Records.map(async (message) => {
        try {
          await take(message)
        } catch (error) {
          // Whatever it was: the message is reported as failed, and the rest of the batch is not done again.
          log.error('message failed', { message: message.messageId, error: String(error) })
          batchItemFailures.push({ itemIdentifier: message.messageId })
        }
      }),
    )
    return { batchItemFailures }
  }
