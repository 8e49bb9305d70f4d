/** Writes src/db/schema.ts from a database that is migrated for it, on an embedded PostgreSQL that ends with this process. */
import { writeFileSync } from 'node:fs'
import { testDatabase } from '../test/support/database.ts'
import { readSchema, renderSchema, schemaFile } from './schema-types.ts'

const database = await testDatabase()
const relations = await readSchema(database.query)
writeFileSync(schemaFile, renderSchema(relations))
await database.drop()
console.log(`src/db/schema.ts: ${relations.length} tables and functions`)
