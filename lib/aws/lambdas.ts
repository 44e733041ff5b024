// Lambda functions that launch runs. They are invoked asynchronously: Lambda keeps the message and repeats it by itself, so what is
// launched may begin twice, and the second finds its run taken.
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { Lambdas } from '../core/ports.ts'

/** Errors that come again however often it is tried: what we may not do, and what is not there. */
const FINAL = [
  'AccessDeniedException',
  'CredentialsProviderError',
  'ResourceNotFoundException',
  'InvalidParameterValueException',
  'InvalidRequestContentException',
  'ValidationException',
]

export const lambdas = (client = new LambdaClient()): Lambdas => ({
  async invoke(functionName, payload) {
    const command = {
      FunctionName: functionName,
      InvocationType: 'Event',
      Payload: payload,
    } as const
    try {
      const { StatusCode } = await client.send(new InvokeCommand(command))
      return { kind: 'taken', details: { status_code: StatusCode } }
    } catch (error) {
      // AWS's own, and the network's: told in the run's state, and tried again where that may help.
      const { name, message } = error as Error
      return { kind: FINAL.includes(name) ? 'refused' : 'failed', reason: `${name}: ${message}` }
    }
  },
})
