// By hand: dead letters tried again, `{"prefix": "set-aside/"}` for some of them, `{}` for any; or one event, `{"event": "<id>"}`.
import { redrive } from '../lib/aws/dead-letters.ts'
import { readEnvironment } from '../lib/aws/environment.ts'

export const handler = redrive(readEnvironment('redrive'))
