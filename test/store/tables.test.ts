// The Table port's drivers keep one contract: in memory, over the embedded database, and with grouped writes over both.
import { afterAll, beforeAll } from 'vitest'
import { groupCommit } from '../../lib/local/group-commit.ts'
import { memoryTable } from '../../lib/store/memory.ts'
import { type Database, startDatabase } from '../local/database.ts'
import { tableContract } from './contract.ts'

let database: Database
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())

const memory = memoryTable()

tableContract('in memory', () => memory)
tableContract('over the embedded database', () => database.objects)
tableContract('in memory, grouped', () => groupCommit(memory))
tableContract('over the embedded database, grouped', () => groupCommit(database.objects))
