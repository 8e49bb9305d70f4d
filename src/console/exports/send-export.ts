/** The file of an export, as it is made: no faster than it is taken, and nothing of it is kept here. */
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { writeExport } from '../../core/exports/write-export.ts'
import type { ConsoleDeps } from '../deps.ts'
import type { RunningExport } from './running-exports.ts'

/** Undefined when there is none to send. */
export function sendExport(
  deps: ConsoleDeps,
  reply: FastifyReply,
  id: string,
): FastifyReply | undefined {
  const taken = deps.exports.take(id)
  if (!taken) return undefined
  const { one, begun } = taken
  const bytes = writeExport({ ...deps, ticket: deps.people.ticket }, begun, (progress) => {
    one.progress = progress
  })
  const day = begun.startedAt.toISOString().slice(0, 10)
  const name = begun.kind === 'account' ? 'postern-export' : 'postern-person'
  return reply
    .type('application/octet-stream')
    .header('content-disposition', `attachment; filename="${name}-${day}.postern"`)
    .send(Readable.from(watched(deps, one, bytes)))
}

/** Says how it went: the person sees it on their page, the operator in the log. */
async function* watched(
  { exports, log }: ConsoleDeps,
  one: RunningExport,
  bytes: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  const { accountId } = one
  let isWhole = false
  try {
    yield* bytes
    isWhole = true
  } catch (error) {
    log.error({ accountId, error }, 'export failed')
    throw error
  } finally {
    exports.change(one, isWhole ? 'done' : 'cut')
    if (isWhole) log.info({ accountId }, 'account exported')
  }
}
