/** The audit log as a file that anybody can verify: /api/audit/export. */
import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { exportLedger } from '../../core/ledger/export.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { ConsoleRoutes } from '../routes.ts'
import { closed } from '../schemas.ts'
import { sessionOf } from '../session.ts'

const freshMs = 10 * 60_000

export const auditExportRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/audit/export',
    config: { scope: 'audit:read' },
    schema: {
      operationId: 'exportAudit',
      summary: 'Lines of the account with their proofs, as JSON lines. Takes a fresh factor.',
      querystring: Type.Object(
        {
          from: Type.Optional(
            Type.String({ format: 'date-time', description: 'the earliest time, ISO 8601' }),
          ),
          to: Type.Optional(
            Type.String({ format: 'date-time', description: 'the time before which, ISO 8601' }),
          ),
        },
        closed,
      ),
      response: {
        200: Type.Unsafe<Readable>({
          type: 'string',
          description: 'The file; `postern verify` checks it anywhere.',
        }),
      },
    },
    handler: async (request, reply) => {
      const { h1, steppedUpAt } = sessionOf(request)
      if (steppedUpAt < deps.clock.now() - freshMs) {
        throw new Refusal('step_up_needed', 'An export takes a fresh factor. Show yours first.')
      }
      const { from, to } = request.query
      const parts = await exportLedger(deps, h1, {
        from: from === undefined ? null : new Date(from),
        to: to === undefined ? null : new Date(to),
      })
      const day = new Date(deps.clock.now()).toISOString().slice(0, 10)
      reply
        .type('application/x-ndjson')
        .header('content-disposition', `attachment; filename="postern-audit-${day}.ndjson"`)
      return reply.send(Readable.from(parts))
    },
  })
}
