/**
 * Fastify's own compilers of schemas, which here compile a schema once a process: a server is built twice at each start
 * (`loadFramework`), and compiling the schemas of its routes is most of what that takes.
 */
import AjvCompiler from '@fastify/ajv-compiler'
import SerializerSelector from '@fastify/fast-json-stringify-compiler'
import type { FastifyServerOptions } from 'fastify'

type Factory = ReturnType<typeof SerializerSelector>
type Serializer = ReturnType<ReturnType<Factory>>

const buildSerializer = SerializerSelector()
const serializers = new WeakMap<object, Serializer>()

export const schemaController = {
  compilersFactory: {
    // One for all servers: Ajv knows a schema that it has compiled.
    buildValidator: AjvCompiler(),
    buildSerializer: (...given: Parameters<Factory>) => {
      const compile = buildSerializer(...given)
      return (route: Parameters<typeof compile>[0]) => {
        const schema = route.schema as object // what a route answers is described by an object
        const known = serializers.get(schema) ?? compile(route)
        serializers.set(schema, known)
        return known
      }
    },
  },
} satisfies FastifyServerOptions['schemaController']
