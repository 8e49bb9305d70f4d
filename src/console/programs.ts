/** Where programs reach this installation: /api/programs, for code that is copied from the pages. */
import { Type } from 'typebox'
import { closed } from './lists.ts'
import type { ConsoleRoutes } from './routes.ts'

const ProgramsBody = Type.Object(
  {
    api_url: Type.String({ description: 'of the API for programs' }),
    smtp: Type.Object(
      {
        host: Type.String({ description: 'for submission' }),
        port: Type.Integer({ description: 'where TLS begins with STARTTLS' }),
      },
      { ...closed, description: 'where programs submit by SMTP' },
    ),
    inbox_url: Type.Union([Type.String(), Type.Null()], {
      description: 'of the local inbox in which mail ends; null where it is delivered',
    }),
    test_domain: Type.Union([Type.String(), Type.Null()], {
      description: 'from which everybody may send while mail ends in the local inbox',
    }),
  },
  { ...closed, description: 'Addresses as seen from where this installation is meant to be used.' },
)

export const programRoutes: ConsoleRoutes = async (app, deps) => {
  app.route({
    method: 'GET',
    url: '/programs',
    config: { scope: 'session' },
    schema: {
      operationId: 'getPrograms',
      summary: 'Where programs reach this installation.',
      response: { 200: ProgramsBody },
    },
    handler: async () => {
      const { api, smtp, inbox, testDomain } = deps.programs
      return { api_url: api, smtp, inbox_url: inbox, test_domain: testDomain }
    },
  })
}
